"""Visitors and events as the parameters of URLs."""

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.user_agents import describe
from transformer.mappers.values import flatten, text

VIEW = "pv"
"""Woopra's own name for the view of a page."""


def identify(event, call):
    """Who a visitor is."""
    made = call.map("visitor", event) | _prefixed("cv_", field(event, "traits"))
    return call.request("identify", event) | {"params": made}


def track(event, call):
    """What a visitor did."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    return _event(name, event, call)


def page(event, call):
    """Which page a visitor looked at."""
    return _event(VIEW, event, call)


def _event(name, event, call):
    made = {"event": name} | call.map("visitor", event)
    made |= _prefixed("cv_", at(event, "context.traits")) | _prefixed("ce_", event.get("properties"))
    return call.request("event", event) | {"params": made}


def _prefixed(prefix, given):
    return {
        f"{prefix}{key}": text(value) if isinstance(value, (dict, list)) else value
        for key, value in flatten(given, lists=False).items()
        if value is not None
    }


def browser(agent):
    """The browser and its version; an app has none."""
    if not isinstance(agent, str) or agent.startswith("Dalvik/"):
        return None
    known = describe(agent)
    return f"{known.browser}{known.browser_version}" or None
