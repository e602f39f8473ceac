"""Objects laid flat: a column for each value in them.

What a key means does not change from event to event, so it is worked out once: a `Branch` knows the columns of the keys of one
object and the branches below it. They grow with the keys that events have, within a bound (`Budget`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from transformer.mappers.warehouse.names import Naming
from transformer.mappers.warehouse.providers import Provider
from transformer.mappers.warehouse.values import LARGEST, SMALLEST, as_text, instant, is_blank, number

__all__ = ["Branch", "Budget", "Flattening", "Row"]

_STRINGIFIED_FROM: Final = 3
"""Levels of objects from cloud sources that become columns; what is deeper is stored as JSON."""


class Row:
    """The values of a row and the types of its columns, which grow together."""

    __slots__ = ("data", "types")

    def __init__(self, data: dict[str, Any] | None = None, types: dict[str, str] | None = None) -> None:
        self.data: dict[str, Any] = {} if data is None else data
        self.types: dict[str, str] = {} if types is None else types

    def __or__(self, other: Row) -> Row:
        """The columns of both; where both have one, the other's."""
        return Row(self.data | other.data, self.types | other.types)

    def drop(self, columns: Iterable[str]) -> None:
        """Take these columns out, as far as they are there."""
        data = self.data
        for column in columns:
            if column in data:
                del data[column], self.types[column]

    def drop_nameless(self) -> None:
        """Take out what is under keys of which nothing can be in a name."""
        del self.data[""], self.types[""]


class Budget:
    """How many names may be remembered before all are forgotten: they are others than before then."""

    __slots__ = ("_forget", "_left", "_names")

    def __init__(self, names: int, forget: Callable[[], None]) -> None:
        self._names = self._left = names
        self._forget = forget

    def spend(self) -> None:
        """Count one name more."""
        self._left -= 1
        if self._left <= 0:
            self._left = self._names
            self._forget()


class Branch:
    """One object of events: where it lies, and what its keys become.

    What `columns` and `branches` lack is asked of `column` and `branch`.
    """

    __slots__ = ("_budget", "_json_paths", "_naming", "_path", "_prefix", "branches", "columns", "json_keys", "level")

    def __init__(
        self,
        naming: Naming,
        budget: Budget,
        json_paths: frozenset[tuple[str, ...]],
        path: tuple[str, ...],
        prefix: str = "",
        level: int = 0,
    ) -> None:
        self._naming = naming
        self._budget = budget
        self._json_paths = json_paths
        self._path = path
        self._prefix = prefix
        depth = len(path)
        self.level = level
        self.json_keys = {found[depth] for found in json_paths if len(found) == depth + 1 and found[:depth] == path}
        self.columns: dict[str, str] = {}
        self.branches: dict[str, Branch] = {}

    def column(self, key: str) -> str:
        """The column of a key, from now on in `columns`."""
        self._budget.spend()
        column = self.columns[key] = self._naming.column(self._prefix + key)
        return column

    def branch(self, key: str) -> Branch:
        """The branch below a key, from now on in `branches`."""
        self._budget.spend()
        path, prefix = (*self._path, key), f"{self._prefix}{key}_"
        branch = Branch(self._naming, self._budget, self._json_paths, path, prefix, self.level + 1)
        self.branches[key] = branch
        return branch


class Flattening:
    """How a provider has values laid flat."""

    __slots__ = ("_arrays", "_json_type", "_text_from", "_violations")

    def __init__(self, provider: Provider, *, arrays: bool) -> None:
        self._text_from = provider.text_from
        self._json_type = provider.json_paths or "string"
        self._violations = provider.violations
        self._arrays = arrays and provider.arrays

    # Spelled out, without a call for each value: most of what an event costs is spent here.
    def add(  # noqa: C901, PLR0912 - as said
        self, branch: Branch, thing: dict[str, Any], data: dict[str, Any], types: dict[str, str], cloud: bool
    ) -> None:
        """Add the columns of an object to the values and the types of a row.

        `cloud`: the object is from a cloud source, whose deep objects are stored as JSON.
        """
        columns = branch.columns
        text_from = self._text_from
        if branch.json_keys:
            thing = self._without_json(branch, thing, data, types)
        for key, value in thing.items():
            kind = type(value)
            if kind is str:
                try:
                    column = columns[key]
                except KeyError:
                    column = branch.column(key)
                if value > ":":  # as most: it is neither empty nor begins with a digit
                    types[column] = "string" if text_from is None or len(value) <= text_from else "text"
                    data[column] = value
                elif value[4:5] == "-" and (when := instant(value)) is not None:
                    types[column] = "datetime"
                    data[column] = when
                elif value:
                    types[column] = "string" if text_from is None or len(value) <= text_from else "text"
                    data[column] = value
                continue
            if kind is dict:
                if cloud and branch.level >= _STRINGIFIED_FROM:
                    self._add_json(branch, key, value, data, types)
                    continue
                try:
                    below = branch.branches[key]
                except KeyError:
                    below = branch.branch(key)
                self.add(below, value, data, types, cloud)
                continue
            try:
                column = columns[key]
            except KeyError:
                column = branch.column(key)
            if kind is bool:
                types[column] = "boolean"
                data[column] = value
            elif kind is int and SMALLEST <= value <= LARGEST:
                types[column] = "int"
                data[column] = value
            elif kind is int or kind is float:
                types[column], data[column] = number(value)
            elif not is_blank(value):
                types[column] = self._list_type(key, value)
                data[column] = value

    def _add_json(
        self, branch: Branch, key: str, value: object, data: dict[str, Any], types: dict[str, str], kind: str = "string"
    ) -> None:
        """Add a value as JSON text."""
        if is_blank(value):
            return
        column = branch.columns.get(key)
        if column is None:
            column = branch.column(key)
        text = as_text(value)
        data[column] = text
        types[column] = self._text_type(text) if kind == "string" else kind

    def _without_json(
        self, branch: Branch, thing: dict[str, Any], data: dict[str, Any], types: dict[str, str]
    ) -> dict[str, Any]:
        """Add what is stored as JSON, and return what is left."""
        for key in branch.json_keys:
            self._add_json(branch, key, thing.get(key), data, types, self._json_type)
        return {key: value for key, value in thing.items() if key not in branch.json_keys}

    def _text_type(self, text: str) -> str:
        return "text" if self._text_from is not None and len(text) > self._text_from else "string"

    def _list_type(self, key: str, value: list[Any]) -> str:
        if key == "violationErrors":
            return self._violations
        if self._arrays:
            return _array_type(value)
        return "string" if self._text_from is None else self._text_type(as_text(value))


def _array_type(value: list[Any]) -> str:
    kinds = {type(one) for one in value}
    if kinds <= {int, float}:
        return "array(int)" if kinds == {int} else "array(float)"
    if kinds == {bool}:
        return "array(boolean)"
    if kinds == {str}:
        return "array(datetime)" if all(instant(one) is not None for one in value) else "array(string)"
    return "string"
