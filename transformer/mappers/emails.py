"""What looks like an address of email: something, one `@`, and a name with a point in it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["EMAIL"]

EMAIL: Final = re.compile(r"[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+")
"""To be matched with the whole text, which takes no longer than its length: events may hold long ones."""
