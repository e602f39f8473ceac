"""Courier: events as they are."""


def whole(event, call):
    """The event itself."""
    return event
