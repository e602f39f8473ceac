"""Objects as XML, for destinations that take nothing else: keys are elements, lists are elements again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from transformer.mappers.values import text

__all__ = ["xml_text"]

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_FOREIGN: Final = re.compile(r"[^\w.-]")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML may hold, escaped or not."""


def xml_text(root: str, value: Any) -> str:
    """A document with one element, which holds the value. Signs that a name must not have become `_`."""
    return _HEAD + "".join(_element(root, value))


def _element(name: str, value: Any) -> Iterator[str]:
    name = _FOREIGN.sub("_", name)
    name = name if name[:1].isalpha() or name.startswith("_") else f"_{name}"
    if isinstance(value, list):
        for one in value:
            yield from _element(name, one)
    elif value is None:
        yield f"<{name}/>"
    else:
        yield f"<{name}>"
        if isinstance(value, dict):
            for key, one in value.items():
                yield from _element(key, one)
        else:
            yield _NOT_XML.sub("", text(value)).translate(_ESCAPES)
        yield f"</{name}>"
