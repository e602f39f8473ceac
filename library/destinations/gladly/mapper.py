"""Gladly: customers."""

from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.paths import without
from transformer.mappers.values import basic_auth, text

_TOLD = frozenset({"name", *NAME_TRAITS, "email", "phone", "address", "avatar"} | {"userId", "id", "anonymousId"})


def custom(event, call):
    """The traits that Gladly has no field for."""
    known = field(event, "traits")
    return (without(known, _TOLD) or None) if isinstance(known, dict) else None


def identify(event, call):
    """A customer, who must be known by something."""
    body = call.map("customer", event)
    for key in ("email", "phone"):
        known = field(event, key)
        if known:
            body[f"{key}s"] = [{"original": one} for one in (known if isinstance(known, list) else [known])]
    if not {"id", "emails", "phones", "externalCustomerId"} & body.keys():
        raise InstrumentationError(
            "One of phone, email, userId or GladlyCustomerId is required for an identify call", step="validatePayload"
        )
    settings = call.settings
    host = text(settings["domain"]).removeprefix("https://").rstrip("/")
    headers = {"Authorization": basic_auth(settings["userName"], settings["apiToken"]), "Content-Type": "application/json"}
    return request(f"https://{host}/api/v1/customer-profiles", body, headers=headers)
