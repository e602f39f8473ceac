"""Names that settings spell with holes, as "Viewed {{ name }} page": each hole holds a path into the event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from transformer.mappers.operators import said
from transformer.mappers.paths import at

__all__ = ["fill"]

_HOLE: Final = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def fill(pattern: str, event: Mapping[str, Any]) -> str:
    """The pattern with what the event has under the path of each hole; nothing where it has nothing."""
    return _HOLE.sub(lambda hole: said(at(event, hole[1])), pattern.strip())
