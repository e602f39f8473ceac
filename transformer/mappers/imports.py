"""What functions of mappers may import besides `transformer.mappers` and each other: pure parts of the standard library.

A worker can open no files, so all of it is imported before the lockdown, with what these import only when they are first used.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

import transformer.mappers
from transformer.mappers.user_agents import prepare

__all__ = ["STANDARD", "import_all"]

STANDARD: Final = (
    "base64",
    "binascii",
    "calendar",
    "collections",
    "collections.abc",
    "copy",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "itertools",
    "math",
    "operator",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "zlib",
)
_AT_FIRST_USE: Final = ("_strptime", "dateutil.parser", "encodings.idna", "html.entities", "stringprep")


def import_all() -> None:
    """Import what mappers may need."""
    for name in (*STANDARD, *_AT_FIRST_USE):
        importlib.import_module(name)
    for module in pkgutil.walk_packages(transformer.mappers.__path__, f"{transformer.mappers.__name__}."):
        importlib.import_module(module.name)
    prepare()
