"""What a case of user code asserts, held against what came back."""

import re
from dataclasses import dataclass, field

MISSING = object()
_TESTS = {
    "equals": lambda value, wanted: value == wanted,
    "not_equals": lambda value, wanted: value != wanted,
    "contains": lambda value, wanted: wanted in str(value),
    "icontains": lambda value, wanted: wanted.lower() in str(value).lower(),
    "regex": lambda value, wanted: re.search(wanted, str(value)) is not None,
    "null_or_absent": lambda value, _: value is MISSING or value is None,
    "absent": lambda value, _: value is MISSING,
    "not_empty": lambda value, _: value is not MISSING and value not in ("", None, [], {}),
    "absent_keys": lambda value, keys: isinstance(value, dict) and not set(keys) & set(value),
    "length": lambda value, wanted: isinstance(value, list) and len(value) == wanted,
    "type": lambda value, wanted: wanted in _TYPES.get(type(value), ()),
    "min": lambda value, wanted: value is not MISSING and value >= wanted,
    "lt": lambda value, wanted: value is not MISSING and value < wanted,
    "gt": lambda value, wanted: value is not MISSING and value > wanted,
    "gte": lambda value, wanted: value is not MISSING and value >= wanted,
}
_TYPES = {
    list: ("list", "array"),
    dict: ("dict", "object"),
    str: ("str", "string"),
    bool: ("bool", "boolean"),
    int: ("int", "number"),
    float: ("float", "number"),
    type(None): ("null",),
}


@dataclass
class Seen:
    """Everything that an assertion may be about."""

    http: dict = field(default_factory=dict)
    items: list = field(default_factory=list)
    body: object = None
    client: dict = field(default_factory=dict)
    client_items: list = field(default_factory=list)
    elapsed_s: float = 0.0
    servers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    """Of the config backend: path, headers in small letters, status."""
    redirect_target: object = None
    metric: object = None
    """metric(name, labels) → the sum of the samples that have them."""


def read(value, path):
    """The values at a path: one, or of `[*]` all."""
    values = [value]
    for part in re.findall(r"[^.\[\]]+", path):
        found = []
        for each in values:
            if part == "*":
                found += each if isinstance(each, list) else [MISSING]
            elif isinstance(each, list):
                found.append(each[int(part)] if part.isdecimal() and int(part) < len(each) else MISSING)
            else:
                found.append(each.get(part, MISSING) if isinstance(each, dict) else MISSING)
        values = found
    return values


def first_failure(rules, seen):
    """The first assertion that does not hold, with what was there instead; "" if all hold."""
    for rule in rules:
        if "note" not in rule and (told := _failure(rule, seen)):
            return told
    return ""


def _failure(rule, seen):
    kind, _, place = rule["on"].partition("[")
    if kind.startswith("server:"):
        return _server_failure(rule, seen.servers[kind.partition(":")[2]])
    if kind == "config_backend":
        return _backend_failure(rule, seen)
    if kind in {"success", "failed", "items", "client_success", "client_failed"}:
        return _items_failure(rule, kind, place, seen)
    return failure_of(rule, _values(rule, kind, seen))


def _values(rule, kind, seen):
    """What a rule is about that is about one thing."""
    path = rule.get("path", "")
    if kind == "metric":
        return [seen.metric(path, rule.get("labels") or {})]
    if kind == "redirect_target":
        return [len(seen.redirect_target.requests)]
    if kind == "elapsed_s":
        return [seen.elapsed_s]
    if path.startswith("header:"):
        return [seen.http["headers"].get(path.partition(":")[2].lower(), MISSING)]
    return read({"http": seen.http, "body": seen.body, "client": seen.client}[kind], path)


def _items_failure(rule, kind, place, seen):
    items = seen.client_items if kind.startswith("client_") else seen.items
    if kind.endswith("success"):
        items = [item for item in items if item.get("statusCode") == 200]
    elif kind.endswith("failed"):
        items = [item for item in items if item.get("statusCode") != 200]
    if "count" in rule:
        return "" if len(items) == rule["count"] else f"{len(items)} of {kind}, not {rule['count']}: {_short(items)}"
    if "min" in rule and "path" not in rule:
        return "" if len(items) >= rule["min"] else f"{len(items)} of {kind}, not {rule['min']} or more"
    if place and place != "*]":
        items = items[int(place[:-1]) :][:1]
    for name, wanted in rule.get("where", {}).items():
        items = [item for item in items if read(item, name) == [wanted]]
    if not items and place != "*]":
        return f"there is none of {rule['on']} {rule.get('where', '')}"
    return failure_of(rule, [value for item in items for value in read(item, rule.get("path", ""))])


def _server_failure(rule, server):
    if rule["path"] == "every_request":
        heard = [server.heard(request) for request in server.requests]
        return "" if all(each == rule["equals"] for each in heard) else f"{rule['on']} heard {_short(heard)}"
    value = {"hits": len(server.requests), "new_connections": len(server.peers)}[rule["path"]]
    return failure_of(rule, [value])


def _backend_failure(rule, seen):
    asked = [(headers, status) for path, headers, status in seen.asked if path == rule["path"]]
    if len(asked) < rule.get("min_requests", 0):
        return f"the config backend was asked {len(asked)} times for {rule['path']}"
    for what, wanted in (rule.get("every") or {}).items():
        for headers, status in asked:
            value = status if what == "status" else headers.get(what.partition(":")[2].lower(), MISSING)
            if value != wanted:
                return f"the config backend saw {what} {_short(value)}, not {_short(wanted)}"
    return ""


def failure_of(rule, values):
    """What a rule says of these values that is not so; "" where all of it is."""
    for name in rule.keys() & _TESTS.keys():
        for value in values:
            if not _TESTS[name](value, rule[name]):
                return f"{rule['on']} {rule.get('path', '')}: {_short(value)}; expected {name} {_short(rule[name])}"
    return ""


def _short(value):
    text = "nothing" if value is MISSING else repr(value)
    return text if len(text) <= 300 else text[:299] + "…"
