"""Compare two JSON values exactly and say where they differ, in paths that the author of the expected one can follow.

Exactly means: numbers by value (1 is 1.0), a boolean is no number, objects without regard to the order of keys, arrays with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ABSENT", "Difference", "differences", "render", "step_into"]

ABSENT: Final = "nothing"
"""What a difference says where one side has no value. Never mistaken for one: JSON text starts otherwise."""

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WIDTH: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what was got is not what was expected. Both sides are short texts: JSON, or words."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.got}"


def differences(expected: Any, got: Any, path: str) -> Iterator[Difference]:
    """Every place where `got` differs from `expected`, in the order of the expected value; both are decoded JSON."""
    if isinstance(expected, dict) and isinstance(got, dict):
        yield from _of_objects(expected, got, path)
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _of_arrays(expected, got, path)
    elif isinstance(expected, bool) is not isinstance(got, bool) or expected != got:
        yield Difference(path, render(expected), render(got))


def _of_objects(expected: dict[str, Any], got: dict[str, Any], path: str) -> Iterator[Difference]:
    for key, value in expected.items():
        inner = step_into(path, key)
        if key in got:
            yield from differences(value, got[key], inner)
        else:
            yield Difference(inner, render(value), ABSENT)
    for key, value in got.items():
        if key not in expected:
            yield Difference(step_into(path, key), ABSENT, render(value))


def _of_arrays(expected: list[Any], got: list[Any], path: str) -> Iterator[Difference]:
    both = min(len(expected), len(got))
    for index in range(both):
        yield from differences(expected[index], got[index], step_into(path, index))
    for index in range(both, len(expected)):
        yield Difference(step_into(path, index), render(expected[index]), ABSENT)
    for index in range(both, len(got)):
        yield Difference(step_into(path, index), ABSENT, render(got[index]))


def step_into(path: str, key: str | int) -> str:
    """The path of `key` within the value at `path`: `a.b`, `a[0]`, or `a["odd key"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]"


def render(value: Any) -> str:
    """A JSON value on one line, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}… ({len(text)} characters)"
