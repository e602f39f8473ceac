"""Masks e-mail addresses and phone numbers in everything that people typed, and shortens IP addresses."""

import re

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\+\d[\d ()-]{6,}\d")
PLACES = ("properties", "traits", "context")


def scrub(value):
    if isinstance(value, str):
        if "@" in value:
            value = EMAIL.sub("[email]", value)
        if "+" in value:
            value = PHONE.sub("[phone]", value)
        return value
    if isinstance(value, dict):
        return {key: scrub(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [scrub(inner) for inner in value]
    return value


def transformEvent(event, metadata):
    for place in PLACES:
        if place in event:
            event[place] = scrub(event[place])
    context = event.get("context", {})
    if "ip" in context:
        context["ip"] = re.sub(r"\.\d+$", ".0", context["ip"])
    return event
