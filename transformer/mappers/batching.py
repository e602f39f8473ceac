"""Several events in one request, where a destination takes them: by limits that the definition states, or its own function.

A job is an event with its metadata and what was mapped from it. Every job is in exactly one group; jobs of a group keep their
order. What cannot be put together stays a group of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from transformer.mappers.mapper import Call
from transformer.mappers.paths import at
from transformer.mappers.values import json_text

__all__ = ["Group", "Job", "by_limits", "grouped"]

_BY: Final = ("method", "endpoint", "headers", "params")


@dataclass(slots=True)
class Job:
    """One event on its way to the router's reply: what it was, and the requests that were made of it."""

    event: dict[str, Any]
    metadata: Any
    requests: list[dict[str, Any]]
    destination: Any = None


@dataclass(slots=True)
class Group:
    """Jobs whose events leave in one request, or in several that belong together."""

    request: dict[str, Any] | list[dict[str, Any]]
    jobs: list[Job]
    batched: bool = True


def grouped(
    jobs: Sequence[Job], batching: Mapping[str, Any], call: Call, function: Callable[..., list[Group]] | None
) -> list[Group]:
    """The groups of jobs of one destination. Without batching, each is its own."""
    if function is not None:
        return function(list(jobs), call)
    if not batching:
        return [_alone(job) for job in jobs]
    return by_limits(jobs, batching, split=True)


def _alone(job: Job) -> Group:
    return Group(job.requests[0] if len(job.requests) == 1 else job.requests, [job], batched=False)


def by_limits(jobs: Sequence[Job], batching: Mapping[str, Any], *, split: bool = False) -> list[Group]:
    """Put together what differs in its body alone, in order, up to so many events and bytes a request.

    No event of a user leaves before an earlier one of theirs. A request with another kind of body stays alone. With
    `split`, a job that has more than fits a request leaves in several.
    `batching` says what the keyword of destination.yaml does, for functions that have their own last word.
    """
    most, room = batching.get("events", 1), batching.get("bytes", 1 << 30)
    body, key = batching.get("body", "JSON"), batching.get("list", "")
    own = "JSON" if body == "JSON_ARRAY" else body
    groups: list[Group] = []
    open_groups: dict[bytes, tuple[Group, list[Any], int, int]] = {}
    last: dict[str, int] = {}
    made: list[tuple[Group, list[Any]]] = []
    for job in jobs:
        alike = {_what_must_be_same(request, batching) for request in job.requests}
        user = _user(job)
        if len(alike) != 1 or not all(request["body"].get(own) for request in job.requests):
            _note(last, user, len(groups))
            groups.append(_alone(job))
            continue
        (same,) = alike
        elements = [element for request in job.requests for element in _elements(request["body"][own], key)]
        size = len(orjson.dumps(elements))
        known = open_groups.get(same)
        full = known is not None and (len(known[1]) + len(elements) > most or known[2] + size > room)
        alone = isinstance(job.metadata, dict) and job.metadata.get("dontBatch") is True
        if known is None or full or alone or known[3] < last.get(user or "", 0):
            known = (Group({}, []), [], room if alone else 0, len(groups))
            groups.append(known[0])
        group, gathered, used, place = known
        if not group.jobs:
            made.append((group, gathered))
        gathered.extend(elements)
        group.jobs.append(job)
        open_groups[same] = (group, gathered, used + size, place)
        _note(last, user, place)
    for group, gathered in made:
        size = most if split else len(gathered)
        parts = [gathered[start : start + size] for start in range(0, len(gathered), size)]
        requests = [_with(group.jobs[-1].requests[0], body, key, part) for part in parts]
        group.request = requests[0] if len(requests) == 1 else requests
    return groups


def _user(job: Job) -> str | None:
    user = job.metadata.get("userId") if isinstance(job.metadata, dict) else None
    return user if isinstance(user, str) and user else None


def _note(last: dict[str, int], user: str | None, place: int) -> None:
    if user is not None:
        last[user] = place


def _what_must_be_same(request: Mapping[str, Any], batching: Mapping[str, Any]) -> bytes:
    same = [request.get(one) for one in (*_BY, *batching.get("by", ()))]
    key, own = batching.get("list", ""), request["body"].get(batching.get("body", "JSON"))
    if key and isinstance(own, dict) and isinstance(own.get(key), list):
        same.append({one: value for one, value in own.items() if one != key})  # what is said once for the whole list
    return orjson.dumps(same, option=orjson.OPT_SORT_KEYS)


def _elements(body: Any, key: str) -> list[Any]:
    """A request's own list under the key, or the body as the one element of a list."""
    own = at(body, key) if key else None
    return own if isinstance(own, list) else [body]


def _with(request: dict[str, Any], body: str, key: str, elements: list[Any]) -> dict[str, Any]:
    own = request["body"][body if body != "JSON_ARRAY" else "JSON"]
    bodies = {**request["body"], "JSON": {}}
    if body == "JSON_ARRAY":
        bodies["JSON_ARRAY"] = {"batch": json_text(elements)}
    else:
        beside = own if key and isinstance(own.get(key), list) else {}
        bodies[body] = {**beside, key or "batch": elements}
    return {key: one for key, one in request.items() if key != "statusCode"} | {"body": bodies}
