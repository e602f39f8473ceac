"""Movable Ink: events as they are."""

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.timestamps import unix_milliseconds
from transformer.mappers.values import absent, basic_auth, text

_NEEDED = {
    "products searched": "query",
    "product added": "product_id",
    "product removed": "product_id",
    "product viewed": "product_id",
    "order completed": "products",
    "category viewed": "categories",
    "product list viewed": "categories",
}


def handed_on(event, call):
    """The event with its time, and a user: by id, or by email."""
    if str(event.get("type")).lower() == "track":
        needed = _NEEDED.get(text(event.get("event") or "").strip().lower())
        if needed and absent(properties_of(event).get(needed)):
            raise InstrumentationError(f"Missing '{needed}' property in properties. Aborting", step="validateInput")
    body = {**event, "timestamp": unix_milliseconds(field(event, "timestamp"))}
    if not event.get("userId"):
        body.pop("userId", None)
        if email := field(event, "email"):
            body["userId"] = email
    settings = call.settings
    headers = {"Content-Type": "application/json", "Authorization": basic_auth(settings["accessKey"], settings["accessSecret"])}
    return request(settings["endpoint"], body, headers=headers)
