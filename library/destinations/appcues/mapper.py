"""What Appcues is told of users and events."""

from transformer.mappers.fields import traits


def profile(event, call):
    """All that is known of the user, even if that is nothing."""
    return traits(event)


def without_empty(given):
    """The object without nulls and empty texts."""
    return {key: value for key, value in given.items() if value not in (None, "")} if isinstance(given, dict) else None
