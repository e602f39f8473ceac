"""Values that people type on the command line, read strictly."""

from __future__ import annotations

import json
from typing import Any

from transformer.cli.exits import CommandError

__all__ = ["json_object"]


def json_object(text: str, option: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises CommandError, naming the option."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError(f'{option} must be a JSON object, such as \'{{"sourceId": "web"}}\'; this is not JSON') from None
    if not isinstance(value, dict):
        raise CommandError(f'{option} must be a JSON object, such as \'{{"sourceId": "web"}}\'')
    return value
