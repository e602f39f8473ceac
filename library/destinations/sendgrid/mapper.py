"""SendGrid: emails of events."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.values import integer, items, text


def contacts(event, call):
    """One contact."""
    return [call.map("contact", event)]


def track(event, call):
    """An email, if the event is one of those of which one is sent."""
    settings, properties = call.settings, properties_of(event)
    names = {text(rule.get("event") or "").strip() for rule in items(settings.get("eventNamesSettings") or [])} - {""}
    if text(event.get("event") or "").strip() not in names:
        raise ConfigurationError("The settings do not name this event as one of which an email is sent")
    body = call.map("mail", event) | {"personalizations": _to_whom(event, properties, settings)}
    if not isinstance(body.get("from"), dict) or not body["from"].get("email"):
        raise InstrumentationError("An email needs a sender: properties.from, or fromEmail in the settings")
    if contents := [one for one in items(settings.get("contents") or []) if one.get("type") and one.get("value")]:
        body["content"] = contents
    if files := [_file(one) for one in items(settings.get("attachments") or []) if one.get("content") and one.get("filename")]:
        body["attachments"] = files
    if "asm" in body:
        shown = [integer(one.get("groupId")) for one in items(settings.get("groupsToDisplay") or [])]
        if shown := [one for one in shown if one is not None]:
            body["asm"]["groups_to_display"] = shown
    return call.request("mail", event, body)


def _to_whom(event, properties, settings):
    made = []
    for one in items(properties.get("personalizations") or []):
        told = [person for person in items(one.get("to") or []) if person.get("email")]
        if told:
            made.append({**one, "to": told})
    email = field(event, "email")
    if not made and settings.get("mailFromTraits") and email:
        made = [{"to": [{"email": email}]}]
    if not made:
        raise InstrumentationError("An email needs somebody to go to: properties.personalizations names nobody with an email")
    return made


def _file(one):
    keys = (("content", "content"), ("filename", "filename"), ("type", "type"), ("disposition", "disposition"))
    return {to: one[key] for key, to in (*keys, ("contentId", "content_id")) if one.get(key)}
