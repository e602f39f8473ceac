"""Koala: lists of one."""


def identifies(event, call):
    """What is known of a person."""
    return [call.map("identify", event)]


def events(event, call):
    """What a person did."""
    return [call.map("track", event)]
