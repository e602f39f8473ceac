"""The tables and columns that rows need: what a sample of events says about a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any, Final

__all__ = ["TYPES", "Schema", "add_rows", "wider"]

TYPES: Final = ("boolean", "int", "float", "datetime", "string", "text", "json")
"""The types of columns. Arrays of ClickHouse are `array(…)` of one of them."""

Schema = dict[str, dict[str, str]]
"""For each table the type of each column."""


def _wider(one: str, other: str) -> str:
    both = {one, other}
    if both == {"int", "float"}:
        return "float"
    if "json" in both:  # it is kept as the text that it is, and no other value may be JSON
        return "text" if "text" in both else "string"
    return "text" if "text" in both else "string"


_WIDER: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {(one, other): one if one == other else _wider(one, other) for one, other in product(TYPES, TYPES)}
)


def wider(one: str, other: str) -> str:
    """The type that holds the values of two types."""
    return _WIDER.get((one, other), one if one == other else "string")


def add_rows(schema: Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add the tables and columns of rows, in the order in which they come. A column of two types gets one that holds both."""
    for row in rows:
        columns = schema.setdefault(row["metadata"]["table"], {})
        for column, kind in row["metadata"]["columns"].items():
            columns[column] = wider(columns[column], kind) if column in columns else kind
