"""Converts amounts of money into one currency, by rates from a table."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from library.paths.v1 import finders, leaves, writer

_SAFE = 2**53


def rate_in(row: Any, column: str) -> Decimal | None:
    """The rate in a row of the table; None where there is none above 0."""
    value = row.get(column) if isinstance(row, dict) else None
    try:
        rate = Decimal(str(value)) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return rate if rate is not None and rate.is_finite() and rate > 0 else None


def convert(amount: Any, rate: Decimal, decimals: int = 2) -> float | int | None:
    """The amount times the rate, halves rounded up; None for what is no amount."""
    if isinstance(amount, bool) or not isinstance(amount, (int, float, str)):
        return None
    try:
        made = (Decimal(str(amount).strip()) * rate).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    if not made.is_finite():
        return None
    return int(made) if made == made.to_integral_value() and abs(made) < _SAFE else float(made)


_amounts = finders(parameters["amounts"], "amounts")
_currency = finders(parameters["currency_fields"], "currency_fields")
_single = [path for path in parameters["currency_fields"] if "*" not in path and "[" not in path]
_name = writer(_single[0]) if _single else None
_to, _table, _column = parameters.get("to", "").strip().upper(), parameters.get("table", ""), parameters["rate_column"]
_default, _decimals, _suffix = parameters["default_currency"].strip().upper(), parameters["decimals"], parameters["suffix"]
_missing = parameters["missing"]
_original = writer(parameters["original_currency"]) if parameters["original_currency"] else None


def _currency_of(event: dict[str, Any]) -> tuple[str, Any]:
    for container, key in _currency(event):
        value = container[key]
        if isinstance(value, str) and value.strip():
            return value.strip().upper(), (container, key)
    return _default, None


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Convert the amounts."""
    places = leaves(_amounts(event))
    if not places:
        return event
    currency, place = _currency_of(event)
    rate = Decimal(1) if currency == _to else rate_in(lookup(_table, currency), _column) if currency else None
    if rate is None:
        if _missing == "drop":
            raise Drop("no rate for the currency")
        if _missing == "fail":
            raise Invalid("there is no rate for the currency of the event")
        return event
    changed = False
    for container, key in places:
        made = convert(container[key], rate, _decimals)
        if made is None:
            continue
        changed = True
        if _suffix and isinstance(container, dict):
            container[f"{key}{_suffix}"] = made
        else:
            container[key] = made
    if changed and not _suffix:
        if _original:
            _original(event, currency)
        if place:
            container, key = place
            container[key] = _to
        elif _name:
            _name(event, _to)
    return event
