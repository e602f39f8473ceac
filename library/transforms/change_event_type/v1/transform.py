"""Makes events of one type out of events of another: an identify of a sign-up, a track of a page."""

from __future__ import annotations

import copy
from typing import Any

from library.digest.v1 import text_of
from library.expression.v1 import condition
from library.names.v1 import name_of, type_of
from library.paths.v1 import get, reader

_TRAITS = frozenset({"identify", "group", "alias"})
_IDS = {"identify": "userId", "group": "groupId", "alias": "previousId"}

_holds = condition(parameters["when"])
_to = parameters.get("to", "track")
_name, _fields, _keep = parameters["event"], parameters["fields"], parameters["keep_original"]
_id = reader(parameters["id"]) if parameters["id"] else None


def _changed(event: dict[str, Any]) -> dict[str, Any]:
    kind, name = type_of(event), name_of(event)
    carried: dict[str, Any] = {}
    for part in ("properties", "traits"):
        inner = event.pop(part, None)
        if isinstance(inner, dict):
            carried |= inner
    if kind == "identify" and not carried and isinstance(known := get(event, "context.traits"), dict):
        carried = copy.deepcopy(known)
    if _fields:
        carried = {key: value for key, value in carried.items() if key in _fields}
    for key in ("event", "name"):
        event.pop(key, None)
    if _id and event.get(_IDS.get(_to, "userId")) in (None, ""):
        found = _id({**event, "properties": carried, "traits": carried})
        if (isinstance(found, str) and found) or (
            isinstance(found, (int, float)) and not isinstance(found, bool) and found == found // 1
        ):
            event[_IDS.get(_to, "userId")] = text_of(found)
    event["type"] = _to
    if _to == "track":
        event["event"] = _name or name or f"{kind[:1].upper()}{kind[1:]} Seen"
    elif _to in ("page", "screen") and (_name or name):
        event["name"] = _name or name
    if carried or _to != "alias":
        event["traits" if _to in _TRAITS else "properties"] = carried
    return event


def transformEvent(event: dict[str, Any], metadata: Any) -> Any:
    """Change the event, or give it and the changed one."""
    if not _holds(event) or (type_of(event) == _to and not _keep):
        return event
    if not _keep:
        return _changed(event)
    made = _changed(copy.deepcopy(event))
    if isinstance(made.get("messageId"), str):
        made["messageId"] = f"{made['messageId']}-{_to}"
    return [event, made]
