"""What happens in a session: each event is sent behind the session's own beginning."""

from transformer.mappers.timestamps import unix_milliseconds


def track(event, call):
    """An event of a session."""
    return [call.request("start", event), call.request("track", event)]


def page(event, call):
    """A page as the state that a session comes to."""
    return [call.request("start", event), call.request("page", event)]


def screen(event, call):
    """A screen as the state that a session comes to."""
    return [call.request("start", event), call.request("screen", event)]


def seconds(value):
    """A time as seconds since 1970, rounded."""
    known = unix_milliseconds(value)
    return None if known is None else (known + 500) // 1000
