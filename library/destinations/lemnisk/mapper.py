"""Events for either of Lemnisk's doors."""

from transformer.mappers.errors import UnsupportedError, shown_type
from transformer.mappers.values import text

MODES = {"web": ("Web", frozenset(("identify", "track", "page"))), "server": ("Server", frozenset(("identify", "track")))}


def event(event, call):
    """The request, as the mode of the settings has it."""
    mode = "server" if call.settings.get("cloudMode") == "server" else "web"
    title, known = MODES[mode]
    kind = text(event["type"]).lower()
    if kind not in known:
        pattern = "Event type {} is not supported in {} Cloud Mode"
        raise UnsupportedError(pattern.format(kind, title), told=pattern.format(shown_type(kind), title))
    user = event.get("userId") or event.get("anonymousId")
    made = call.request(mode, event, call.map(mode, event))
    return made | {"userId": text(user) if user else ""}
