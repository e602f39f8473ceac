"""Makes one event for each product of an order."""

from __future__ import annotations

import copy
from typing import Any

from library.names.v1 import event_matcher
from library.paths.v1 import parse

_steps = parse(parameters["field"])
if not all(isinstance(step, str) for step in _steps):
    raise ValueError("parameters.field: must lead to one list, as properties.products does")
_way, _last = _steps[:-1], _steps[-1]
_concerned = event_matcher(parameters["events"])
_name, _prefix, _index = parameters["event"], parameters["prefix"], parameters["index"]
_omit = frozenset(parameters["omit"])
_keep = parameters["keep_original"]


def transformEvent(event: dict[str, Any], metadata: Any) -> Any:
    """Give an event for each product, or the event itself where it has none."""
    if not _concerned(event):
        return event
    holder: Any = event
    for step in _way:
        holder = holder.get(step) if isinstance(holder, dict) else None
    products = holder.get(_last) if isinstance(holder, dict) else None
    if not isinstance(products, list) or not products:
        return event
    holder.pop(_last)
    made = [_one(event, product, index) for index, product in enumerate(products)]
    holder[_last] = products
    return [event, *made] if _keep else made


def _one(event: dict[str, Any], product: Any, index: int) -> dict[str, Any]:
    copied = copy.deepcopy(event)
    holder = copied
    for step in _way:
        holder = holder[step]
    for key in _omit:
        holder.pop(key, None)
    fields = product if isinstance(product, dict) else {"product": product}
    for key, value in fields.items():
        holder[_prefix + key] = copy.deepcopy(value)
    if _index:
        holder[_index] = index
    if _name:
        copied["event"] = _name
    if isinstance(copied.get("messageId"), str):
        copied["messageId"] = f"{copied['messageId']}-{index}"
    return copied
