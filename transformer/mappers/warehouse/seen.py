"""An event on its way to its rows: what it is made of, and how a row grows from that."""

from __future__ import annotations

from typing import Any

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.warehouse.flatten import Row
from transformer.mappers.warehouse.plan import Columns, Plan
from transformer.mappers.warehouse.values import instant, is_blank, is_spelled_out, typed

__all__ = ["Seen"]


class Seen:
    """One event, for one destination."""

    __slots__ = ("_cloud", "_parts", "context", "event", "kind", "plan")

    def __init__(self, plan: Plan, kind: str, event: dict[str, Any], *, cloud: bool) -> None:
        self.plan = plan
        self.kind = kind
        self.event = event
        context = event.get("context")
        self.context: dict[str, Any] = context if isinstance(context, dict) else {}
        self._parts = plan.parts.get(kind) or plan.begin(kind)
        self._cloud = cloud

    def add_own(self, row: Row) -> None:
        """Add the columns of what the user said of this event."""
        for key, of_context, branch in self._parts.own:
            part = self.context.get(key) if of_context else self.event.get(key)
            if isinstance(part, dict) and part and not (key == "traits" and is_spelled_out(part)):
                self.plan.flatten(branch, part, row.data, row.types, self._cloud)
        if "" in row.data:
            row.drop_nameless()

    def add_context(self, row: Row) -> None:
        """Add the columns of the event's context."""
        context = self.context
        traits = context.get("traits")
        if isinstance(traits, dict) and is_spelled_out(traits):
            column = self.plan.context_traits
            row.types[column] = "string"
            row.data[column] = "".join(traits[key] for key in sorted(traits, key=int))
            context = {key: value for key, value in context.items() if key != "traits"}
        self.plan.flatten(self._parts.context, context, row.data, row.types, self._cloud)
        if "" in row.data:
            row.drop_nameless()

    def add_fixed(self, row: Row, columns: Columns) -> list[str]:
        """Add the columns that are ours, in place of others of these names; the names of those for which it has nothing.

        Such a column is not in the row afterwards. Its name is told as it would be if no word were reserved.
        """
        event, context = self.event, self.context
        data, types = row.data, row.types
        absent: list[str] = []
        for column, key, plain in columns.texts:
            value = event.get(key)
            if type(value) is str and value and (value > ":" or value[4:5] != "-"):
                types[column] = "string"
                data[column] = value
            else:
                _add_odd(row, column, plain, value, absent)
        for column, key, plain in columns.times:
            value = event.get(key)
            if type(value) is str and (when := instant(value)) is not None:
                types[column] = "datetime"
                data[column] = when
            else:
                _add_odd(row, column, plain, value, absent)
        for column, take, plain in columns.taken:
            value = take(event, context)
            if type(value) is str and value and value[4:5] != "-":
                types[column] = "string"
                data[column] = value
            else:
                _add_odd(row, column, plain, value, absent)
        return absent

    def finish(self, table: str, row: Row) -> dict[str, Any]:
        """The row as it is given out.

        Raises `InstrumentationError` for more columns than a table of the provider should get from one event.
        """
        plan, types = self.plan, row.types
        types.update(plan.types)
        if len(types) > plan.most_columns and self.event.get("channel") != "sources":
            message = f"{plan.provider.name} transformer: Too many columns outputted from the event"
            raise InstrumentationError(message)
        return {"metadata": {"table": table, "columns": types, "receivedAt": self.event.get("receivedAt")}, "data": row.data}


def _add_odd(row: Row, column: str, plain: str, value: object, absent: list[str]) -> None:
    """Add a column of ours whose value is not of the kind that it nearly always is."""
    if value is None or isinstance(value, dict) or is_blank(value):
        absent.append(plain)
        if column in row.data:
            del row.data[column], row.types[column]
    else:
        row.types[column], row.data[column] = typed(value)
