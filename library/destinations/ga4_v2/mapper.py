"""Events that the settings map, or those that Google Analytics recommends."""

from destinations.ga4 import check_time
from destinations.ga4 import group as joined
from destinations.ga4 import page as viewed
from destinations.ga4 import track as recommended

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import traits
from transformer.mappers.json_paths import map_paths
from transformer.mappers.values import items, text

SECOND = 1_000_000
"""In microseconds."""


def track(event, call):
    """A request for each mapping of the event's name; without one, as Google Analytics recommends."""
    name = event.get("event")
    rules = [
        one
        for one in items(call.settings.get("eventsMapping") or [])
        if name and one.get("rsEventName") == name and one.get("destEventName")
    ]
    if not rules:
        return _numbered(recommended(event, call), event, call)
    return [_mapped(rule, event, call) for rule in rules]


def page(event, call):
    """A page, as a view of it."""
    return _numbered(viewed(event, call), event, call)


def group(event, call):
    """A group that a user joins, with all that is known of the user."""
    return _numbered(joined({**event, "traits": traits(event)}, call), event, call)


def _mapped(rule, event, call):
    app = call.settings.get("typesOfClient") == "firebase"
    body = call.map("app" if app else "web", event)
    check_time(body, call)
    own = map_paths(items(rule.get("eventProperties") or []), event)
    events = own.pop("events", None)
    body.update(own)
    made = [{"name": text(rule["destEventName"]), "params": {}}]
    for number, one in enumerate(events if isinstance(events, list) else []):
        if number == len(made):
            made.append({"name": made[0]["name"], "params": {}})
        made[number].update(one if isinstance(one, dict) else {})
    if any(not isinstance(one["params"], dict) for one in made):
        raise InstrumentationError("The parameters that the settings map to are no object")
    body["events"] = made
    return _numbered(call.request("collect_from_app" if app else "collect", event, body), event, call)


def _numbered(made, event, call):
    """The request, in whole seconds, with the session that the event's options name.

    Its number is told always, its id where the browser sends too.
    """
    options = call.options(event)
    body = made["body"]["JSON"]
    if "timestamp_micros" in body:
        body["timestamp_micros"] -= body["timestamp_micros"] % SECOND
    for one in body["events"]:
        if options.get("sessionNumber"):
            one["params"]["session_number"] = options["sessionNumber"]
        if options.get("sessionId") and call.settings.get("connectionMode") == "hybrid":
            one["params"]["session_id"] = options["sessionId"]
    return made
