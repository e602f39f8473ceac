"""Values that people type on the command line, read strictly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from transformer.cli.exits import CommandError, Exit

__all__ = ["json_object", "with_each"]


def json_object(text: str, option: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises CommandError, naming the option."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError(f'{option} must be a JSON object, such as \'{{"sourceId": "web"}}\'; this is not JSON') from None
    if not isinstance(value, dict):
        raise CommandError(f'{option} must be a JSON object, such as \'{{"sourceId": "web"}}\'')
    return value


def with_each(use: Sequence[str], parameters: Sequence[str]) -> list[tuple[str, str]]:
    """Each `--use` with its `--with`, or with an empty text where there is none at all. Raises CommandError.

    Of options that may be repeated only the order among themselves is known: with one --with too few, it could be anybody's.
    """
    for name in use:
        if not name.startswith("library/"):
            told = f"--use {name}: a transform of the library is meant, library/NAME/vN"
            raise CommandError(f"{told}; a library of your own is a step by a transformation that imports it", Exit.USAGE)
    if len(parameters) > len(use):
        raise CommandError("--with belongs to a --use before it", Exit.USAGE)
    if parameters and len(parameters) < len(use):
        raise CommandError("give each --use its --with, in their order; --with '{}' for one without parameters", Exit.USAGE)
    return list(zip(use, parameters or [""] * len(use), strict=True))
