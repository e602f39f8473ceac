"""Zapier: events to Zaps, by name."""

from transformer.mappers.ads import lowered
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import items


def sent(event, call):
    """A request to each webhook that is named for the event, or to that of all others."""
    kind, settings = str(event.get("type")).lower(), call.settings
    urls = []
    if kind == "track":
        urls = _named(settings.get("trackEventsToZap"), event.get("event"))
    elif kind in {"page", "screen"}:
        urls = _named(settings.get("pageScreenEventsToZap"), event.get("name"))
    urls = urls or [settings.get("zapUrl")]
    if not all(urls):
        raise ConfigurationError("zapUrl is missing, so there is no Zap to send the event to")
    return [request(url, event, headers={"content-type": "application/json"}) for url in urls]


def _named(rules, name):
    wanted = lowered(name)
    return [
        rule["to"] for rule in items(rules or []) if rule.get("from") and rule.get("to") and lowered(rule["from"]) == wanted
    ]
