"""An event on its way to its rows: what it is made of, and how a row grows from that."""

from __future__ import annotations

from typing import Any

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.warehouse.fixed import computed
from transformer.mappers.warehouse.flatten import Flattening, Row
from transformer.mappers.warehouse.plan import Columns, Plan
from transformer.mappers.warehouse.providers import Provider
from transformer.mappers.warehouse.values import instant, is_blank, is_spelled_out, typed

__all__ = ["Seen"]


class Seen:
    """One event, for one destination."""

    __slots__ = ("_cloud", "_flatten", "_parts", "context", "event", "kind", "plan", "provider")

    def __init__(
        self, provider: Provider, plan: Plan, flattening: Flattening, kind: str, event: dict[str, Any], *, cloud: bool
    ) -> None:
        self.provider = provider
        self.plan = plan
        self.kind = kind
        self.event = event
        context = event.get("context")
        self.context: dict[str, Any] = context if isinstance(context, dict) else {}
        self._flatten = flattening.add
        self._parts = plan.parts(kind)
        self._cloud = cloud

    def add_own(self, row: Row) -> None:
        """Add the columns of what the user said of this event."""
        for path, branch in self._parts.own:
            part: object = self.event
            for key in path:
                part = part.get(key) if isinstance(part, dict) else None
            if isinstance(part, dict) and part and not (path[-1] == "traits" and is_spelled_out(part)):
                self._flatten(branch, part, row.data, row.types, self._cloud)

    def add_context(self, row: Row) -> None:
        """Add the columns of the event's context."""
        context = self.context
        traits = context.get("traits")
        if isinstance(traits, dict) and is_spelled_out(traits):
            column = self.plan.context_traits
            row.types[column] = "string"
            row.data[column] = "".join(traits[key] for key in sorted(traits, key=int))
            context = {key: value for key, value in context.items() if key != "traits"}
        self._flatten(self._parts.context, context, row.data, row.types, self._cloud)

    def add_fixed(self, row: Row, columns: Columns) -> None:
        """Add the columns that are ours, in place of others of these names, also where the event has nothing for them."""
        event = self.event
        data, types = row.data, row.types
        for column, key, name in columns:
            value = event.get(key) if key else computed(name, event, self.context)
            if type(value) is str and value:
                if ":" > value >= "0" and value[4:5] == "-" and (when := instant(value)) is not None:
                    types[column] = "datetime"
                    data[column] = when
                else:
                    types[column] = "string"
                    data[column] = value
            elif is_blank(value) or type(value) is dict:
                if column in data:
                    del data[column], types[column]
            else:
                types[column], data[column] = typed(value)

    def finish(self, table: str, row: Row) -> dict[str, Any]:
        """The row as it is given out.

        Raises `InstrumentationError` for more columns than a table of the provider should get from one event.
        """
        plan = self.plan
        data, types = row.data, row.types
        for column in plan.no_columns:
            if column in data:
                del data[column], types[column]
        types.update(plan.types)
        most = self.provider.most_columns
        if most is not None and len(types) > most and self.event.get("channel") != "sources":
            message = f"{self.provider.name} transformer: Too many columns outputted from the event"
            raise InstrumentationError(message)
        return {"metadata": {"table": table, "columns": types, "receivedAt": self.event.get("receivedAt")}, "data": data}
