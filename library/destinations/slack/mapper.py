"""Slack: messages from templates, to a webhook or channel for each event."""

import re
from functools import lru_cache

from transformer.mappers.ads import properties_of
from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.templates import render
from transformer.mappers.values import EMPTY, items, json_text, text

IDENTIFY = "Identified {{name}} with {{traits}}"
TRACK = "{{name}} did {{event}} with {{properties}}"
_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ICON = "https://cdn.rudderlabs.com/rudderstack.png"
_LONGEST = 512
"""Characters of an event's name at which patterns of settings look."""


def identify(event, call):
    """What is told of a user."""
    settings = call.settings
    said = said_of(settings.get("identifyTemplate") or IDENTIFY, event, traits_of(event), settings, _escape)
    return _message(said, event, settings["webhookUrl"])


def track(event, call):
    """What is told of an event, and where; nothing of events that the settings deny."""
    name, settings = event.get("event"), call.settings
    if not isinstance(name, str) or not name:
        raise InstrumentationError("A track event for Slack needs a name")
    if any(text(rule.get("eventName") or "").strip() == name for rule in items(settings.get("denyListOfEvents") or [])):
        return None
    template = of_event(settings.get("eventTemplateSettings"), "eventTemplate", name) or TRACK
    said = said_of(template, event, properties_of(event), settings, _escape)
    rules = settings.get("eventChannelSettings")
    webhook = of_event(rules, "eventChannelWebhook", name)
    channel = None if webhook or settings.get("incomingWebhooksType") == "modern" else of_event(rules, "eventChannel", name)
    return _message(said, event, webhook or settings["webhookUrl"], channel)


def alone(jobs, call):
    """Each message by itself, as the list that data planes expect of it."""
    return [Group(job.requests, [job], batched=False) for job in jobs]


def traits_of(event):
    """The traits that are told of: the event's own, or else those of its context."""
    found = field(event, "traits")
    return found if isinstance(found, dict) else EMPTY


def said_of(template, event, values, settings, escape=None):
    """What a template says of an event and its user; `values` are what it calls by their bare names."""
    known = traits_of(event)
    chosen = [text(rule["trait"]) for rule in items(settings.get("whitelistedTraitsSettings") or []) if rule.get("trait")]
    told = {key: known[key] for key in chosen if key in known} if chosen else known
    properties = event.get("properties")
    scope = {
        **values,
        "name": _name(event, known),
        "event": event.get("event"),
        "traits": known,
        "properties": properties,
        "userId": event.get("userId"),
        "newline": "\n",
    }
    helpers = {
        "traits": lambda: _list(told),
        "traitsList": lambda: _list(told),
        "properties": lambda: _list(properties),
        "propertiesList": lambda: _list(properties),
    }
    return render(text(template), scope, helpers, escape)


def _escape(value):
    return value.translate(_SPECIAL)


def _list(values):
    return "".join(f"{key}: {text(value)} " for key, value in values.items()) if isinstance(values, dict) else ""


def _name(event, known):
    """What the user is called, by what is known: the name, the user's name, the address, the id."""
    parts = [text(part) for part in (field(event, "first_name"), field(event, "last_name")) if part]
    for found in (known.get("name"), " ".join(parts), known.get("username"), at(event, "properties.email"), known.get("email")):
        if found:
            return text(found)
    if event.get("userId"):
        return f"User {text(event['userId'])}"
    return f"Anonymous user {text(event.get('anonymousId') or '')}".strip()


def of_event(rules, key, name):
    """What the first rule that is about the event says under a key."""
    for rule in items(rules or []):
        asked = rule.get("eventName")
        if isinstance(asked, str) and asked and rule.get(key):
            pattern = _pattern(asked) if rule.get("eventRegex") else None
            if pattern.search(name[:_LONGEST]) if pattern else asked == name:
                return rule[key]
    return None


@lru_cache(256)
def _pattern(written):
    try:
        return re.compile(written)
    except re.error:
        return None


def _message(said, event, url, channel=None):
    payload = {"channel": channel} if channel else {}
    payload |= {"text": said, "username": "RudderStack", "icon_url": _ICON}
    return request(
        url,
        {"payload": json_text(payload)},
        kind="FORM",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        user_id=event.get("userId") or event.get("anonymousId"),
    )
