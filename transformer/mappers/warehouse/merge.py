"""Identity merge rules: which two identifiers of a person belong together. Warehouses that resolve identities read them."""

from __future__ import annotations

from typing import Any, Final

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.warehouse.values import is_blank

__all__ = ["MERGE_COLUMNS", "MERGE_RULES", "Identifier", "merge_rule"]

MERGE_RULES: Final = "rudder_identity_merge_rules"
MERGE_COLUMNS: Final = (
    "merge_property_1_type",
    "merge_property_1_value",
    "merge_property_2_type",
    "merge_property_2_value",
)

Identifier = tuple[str, object]
"""The type of an identifier, and which one."""


def merge_rule(kind: str, event: dict[str, Any]) -> tuple[Identifier, Identifier | None] | None:
    """The identifiers that an event says are one person's; one alone is a person seen. None if it names nobody.

    Raises `InstrumentationError` for an event of type `merge` without two of them.
    """
    if kind == "merge":
        return _said(event.get("mergeProperties"))
    if kind == "alias":
        pair = (("user_id", event.get("userId")), ("user_id", event.get("previousId")))
    else:
        pair = (("anonymous_id", event.get("anonymousId")), ("user_id", event.get("userId")))
    found = [one for one in pair if not is_blank(one[1])]
    if not found:
        return None
    return found[0], found[1] if len(found) > 1 else None


def _said(properties: object) -> tuple[Identifier, Identifier]:
    if not isinstance(properties, list) or len(properties) != 2:
        message = "mergeProperties of a merge event must be a list of two identifiers"
        raise InstrumentationError(message)
    first, second = map(_identifier, properties)
    return first, second


def _identifier(said: object) -> Identifier:
    kind = said.get("type") if isinstance(said, dict) else None
    value = said.get("value") if isinstance(said, dict) else None
    if not isinstance(kind, str) or not kind or is_blank(value):
        message = "each of mergeProperties must have a type, which is a text, and a value"
        raise InstrumentationError(message)
    return kind, value
