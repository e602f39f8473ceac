"""Cordial: contacts by email or id."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.values import basic_auth, text, url_encode


def identify(event, call):
    """A contact."""
    _known(event)
    contact = external_id(event, "cordialContactId")
    body = call.map("contact", event)
    return _sent(f"contacts/{url_encode(contact)}", body, call, "PUT") if contact else _sent("contacts", body, call)


def track(event, call):
    """What a contact did."""
    _known(event)
    return _sent("contactactivities", call.map("activity", event), call)


def _known(event):
    if not external_id(event, "cordialContactId") and not field(event, "email"):
        raise InstrumentationError(
            "Either one of cordial contact id or email is required. Aborting", step="validateEventPayload"
        )


def _sent(path, body, call, method="POST"):
    settings = call.settings
    headers = {"Content-Type": "application/json", "Authorization": basic_auth(settings["apiKey"])}
    return request(f"{text(settings['apiBaseUrl']).rstrip('/')}/v2/{path}", body, method=method, headers=headers)
