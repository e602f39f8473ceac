"""S3: events as they are."""


def kept(event, call):
    """The event itself."""
    return event
