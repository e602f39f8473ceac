"""Events in collections that have their names."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.values import text

ADDONS = (
    ("ipAddon", "keen:ip_to_geo", {"ip": "request_ip"}, "ip_geo_info"),
    ("uaAddon", "keen:ua_parser", {"ua_string": "user_agent"}, "parsed_user_agent"),
    ("urlAddon", "keen:url_parser", {"url": "page_url"}, "parsed_page_url"),
    ("referrerAddon", "keen:referrer_parser", {"referrer_url": "referrer_url", "page_url": "page_url"}, "referrer_info"),
)
IN_PATH = str.maketrans({"/": "%2F", "?": "%3F", "#": "%23"})
"""What would end the name of a collection in a URL; anything else stays as it is."""


def track(event, call):
    """An event by its name."""
    return _event(event.get("event"), event, call)


def page(event, call):
    """A view of a page."""
    return _event(_viewed("page", event), event, call)


def screen(event, call):
    """A view of a screen."""
    return _event(_viewed("screen", event), event, call)


def _viewed(what, event):
    name = event.get("name") or at(event, "properties.name")
    return f"Viewed {text(name)} {what}" if name else f"Viewed a {what}"


def _event(name, event, call):
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    body = call.map("event", event)
    addons = [
        {"name": addon, "input": given, "output": output}
        for setting, addon, given, output in ADDONS
        if call.settings.get(setting) and all(key in body for key in given.values())
    ]
    made = call.request("event", event, body | {"keen": {"addons": addons}})
    user = event.get("userId") or event.get("anonymousId")
    return made | {
        "endpoint": made["endpoint"] + name.translate(IN_PATH),
        "userId": text(user) if user else "",
        "statusCode": 200,
    }
