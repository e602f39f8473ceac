"""Wunderkind: payloads for a function."""

from transformer.mappers.ads import properties_of
from transformer.mappers.fields import field
from transformer.mappers.values import json_text


def track(event, call):
    """The payload of an event, as JSON text."""
    settings, options = call.settings, call.options(event)
    root, extra = options.get("lambdaRootLevelProperties"), options.get("extraEventProperties")
    known = field(event, "traits")
    key = {"instance_id": settings["instanceID"], "key": settings["apiKey"]}
    payload = {"account": {"account_id": settings["accountID"], "account_settings": key}}
    payload |= root if isinstance(root, dict) else {}
    payload["user_attributes"] = known if isinstance(known, dict) else {}
    payload["events"] = [{**(extra if isinstance(extra, dict) else {}), "attributes": properties_of(event)}]
    return {"payload": json_text(payload)}
