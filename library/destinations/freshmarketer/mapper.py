"""What Freshsales does, with addresses that may be plain texts."""

from destinations.freshsales import address as joined
from destinations.freshsales import group, identify, track

__all__ = ["address", "group", "identify", "track"]


def address(value):
    """The parts of an address in one text; a text stays as it is."""
    return value if isinstance(value, str) else joined(value)
