"""Objects laid flat: a column for each value in them.

What a key means does not change from event to event, so it is worked out once: a `Branch` knows the columns of the keys of one
object and the branches below it. They grow with the keys that events have, within a bound (`Budget`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from transformer.mappers.warehouse.names import Naming
from transformer.mappers.warehouse.providers import Provider
from transformer.mappers.warehouse.values import as_text, instant, is_blank

__all__ = ["Branch", "Budget", "Flattening", "Row"]

_STRINGIFIED_FROM = 3  # levels of objects from cloud sources that become columns; what is deeper is stored as JSON


class Row:
    """The values of a row and the types of its columns, which grow together."""

    __slots__ = ("data", "types")

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.types: dict[str, str] = {}

    def drop(self, columns: Iterable[str]) -> None:
        """Take these columns out, as far as they are there."""
        for column in columns:
            if column in self.data:
                del self.data[column], self.types[column]


class Budget:
    """How many names may still be remembered."""

    __slots__ = ("left",)

    def __init__(self, names: int) -> None:
        self.left = names


class _Columns(dict[str, str]):
    """The column of each key of a branch. A key that is not there yet is worked out when it is asked for."""

    def __init__(self, of: Callable[[str], str], budget: Budget) -> None:
        super().__init__()
        self._of = of
        self._budget = budget

    def __missing__(self, key: str) -> str:
        column = self._of(key)
        if self._budget.left > 0:
            self._budget.left -= 1
            self[key] = column
        return column


class _Branches(dict[str, "Branch"]):
    """The branch below each key, made when it is asked for."""

    def __init__(self, of: Callable[[str], Branch], budget: Budget) -> None:
        super().__init__()
        self._of = of
        self._budget = budget

    def __missing__(self, key: str) -> Branch:
        branch = self._of(key)
        if self._budget.left > 0:
            self._budget.left -= 1
            self[key] = branch
        return branch


class Branch:
    """One object of events: where it lies, and what its keys become."""

    __slots__ = ("branches", "columns", "json_keys", "level")

    def __init__(
        self,
        naming: Naming,
        budget: Budget,
        json_paths: frozenset[tuple[str, ...]],
        path: tuple[str, ...],
        prefix: str = "",
        level: int = 0,
    ) -> None:
        depth = len(path)
        self.level = level
        self.json_keys = {found[depth] for found in json_paths if len(found) == depth + 1 and found[:depth] == path}
        self.columns = _Columns(lambda key: naming.column(prefix + key), budget)
        self.branches = _Branches(
            lambda key: Branch(naming, budget, json_paths, (*path, key), f"{prefix}{key}_", level + 1), budget
        )


class Flattening:
    """How a provider has values laid flat."""

    def __init__(self, provider: Provider, *, arrays: bool) -> None:
        self._json_type = provider.json_paths or "string"
        self._violations = provider.violations
        self._text_from = provider.text_from
        self._arrays = arrays and provider.arrays

    # Spelled out, without a call for each value: most of what an event costs is spent here.
    def add(  # noqa: C901, PLR0912 - as said
        self, branch: Branch, thing: dict[str, Any], row: Row, *, cloud: bool
    ) -> None:
        """Add the columns of an object to a row. `cloud`: its source is one whose deep objects are stored as JSON."""
        data = row.data
        types = row.types
        columns = branch.columns
        json_keys = branch.json_keys
        text_from = self._text_from
        for key, value in thing.items():
            kind = type(value)
            if json_keys and key in json_keys:
                if not is_blank(value):
                    self._put(row, columns[key], as_text(value), self._json_type)
                continue
            if kind is str:
                if not value:
                    continue
                column = columns[key]
                if "0" <= value < ":" and (when := instant(value)) is not None:
                    types[column] = "datetime"
                    data[column] = when
                    continue
                types[column] = "string" if text_from is None or len(value) <= text_from else "text"
                data[column] = value
            elif kind is dict:
                if cloud and branch.level >= _STRINGIFIED_FROM:
                    if value:
                        self._put(row, columns[key], as_text(value), "string")
                else:
                    self.add(branch.branches[key], value, row, cloud=cloud)
            elif kind is bool:
                column = columns[key]
                types[column] = "boolean"
                data[column] = value
            elif kind is int:
                column = columns[key]
                types[column] = "int"
                data[column] = value
            elif kind is float:
                column = columns[key]
                if value.is_integer():
                    types[column] = "int"
                    data[column] = int(value)
                else:
                    types[column] = "float"
                    data[column] = value
            elif not is_blank(value):
                self._put(row, columns[key], value, self._type_of_list(key, value))
        if "" in data:  # keys of which nothing can be in a name
            del data[""], types[""]

    def text_type(self, value: str) -> str:
        """The type of a column that holds this text."""
        return "text" if self._text_from is not None and len(value) > self._text_from else "string"

    def _put(self, row: Row, column: str, value: object, kind: str) -> None:
        if kind == "string" and type(value) is str:
            kind = self.text_type(value)
        row.data[column] = value
        row.types[column] = kind

    def _type_of_list(self, key: str, value: list[Any]) -> str:
        if key == "violationErrors":
            return self._violations
        if self._arrays:
            return _array_type(value)
        if self._text_from is not None and len(as_text(value)) > self._text_from:
            return "text"
        return "string"


def _array_type(value: list[Any]) -> str:
    kinds = {type(one) for one in value}
    if kinds <= {int, float}:
        return "array(int)" if kinds == {int} else "array(float)"
    if kinds == {bool}:
        return "array(boolean)"
    if kinds == {str}:
        instants = all(instant(one) is not None for one in value)
        return "array(datetime)" if instants else "array(string)"
    return "string"
