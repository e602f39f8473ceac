"""People and events, with flat properties and what their browser is."""

from transformer.mappers.batching import Group
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.user_agents import describe
from transformer.mappers.values import text


def identify(event, call):
    """A person; and where they have an id of their own, that they are who was anonymous before."""
    made = [_of(call.request("identify", event), event)]
    if event.get("userId") and event.get("anonymousId"):
        made.append(_of(call.request("alias", event), event))
    return made


def track(event, call):
    """An event by its name."""
    return _event(event.get("event"), event, call)


def page(event, call):
    """A view of a page."""
    return _event(_view("Page", event), event, call)


def screen(event, call):
    """A view of a screen."""
    return _event(_view("Screen", event), event, call)


def _view(what, event):
    name = event.get("name") or at(event, "properties.name")
    return f"{what} View {text(name)}" if name else f"{what} View"


def _event(name, event, call):
    if not isinstance(name, str) or not name:
        raise InstrumentationError("The event has no name")
    made = _of(call.request("event", event), event)
    made["body"]["JSON"]["eventName"] = name
    return made


def _of(made, event):
    user = event.get("userId") or event.get("anonymousId")
    return made | {"userId": text(user) if user else ""}


def traits_of(event, call):
    """The traits of a person, flat, and their browser."""
    given = field(event, "traits")
    return flat(without(given, ("anonymousId", "userId")) if isinstance(given, dict) else {}) | _browser(event)


def properties_of(event, call):
    """The properties of an event, flat, and the browser."""
    return flat(event.get("properties")) | _browser(event)


def _browser(event):
    agent = at(event, "context.userAgent")
    if not isinstance(agent, str) or not agent:
        return {}
    known = describe(agent)
    device = "Macintosh" if known.system == "Mac OS" else known.model
    told = {"browser": known.browser, "browser_version": known.browser_version, "device": device, "os": known.system}
    return {key: value for key, value in told.items() if value}


def flat(given):
    """The leaves of an object under the names of their paths; what a list has more than one of is one text."""
    made = {}
    if isinstance(given, dict):
        _gather(made, "", given)
    return {path: values[0] if single else ",".join(map(text, values)) for path, (single, values) in made.items()}


def _gather(made, path, value, *, listed=False):
    if isinstance(value, dict):
        for key, one in value.items():
            _gather(made, f"{path}.{key}" if path else key, one, listed=listed)
    elif isinstance(value, list):
        for one in value:
            _gather(made, path, one, listed=True)
    else:
        made.setdefault(path, (not listed, []))[1].append(value)


def alone(jobs, call):
    """Each event by itself; its requests are a list even where it is one."""
    return [Group(job.requests, [job], batched=False) for job in jobs]
