"""The router's mode: jobs of several destinations come together, and leave as the requests that each destination takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from transformer.mappers.batching import Group, Job, grouped
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper
from transformer.mappers.replies import FILTERED, connection_of, routed_failure
from transformer.mappers.values import EMPTY

__all__ = ["routed"]


def _nobody(_item: Mapping[str, Any] | None) -> None:
    """Whoever does not ask which job is being mapped."""


def routed(
    mapper: Mapper, items: Sequence[Mapping[str, Any]], at: Callable[[Mapping[str, Any] | None], None] = _nobody
) -> list[dict[str, Any]]:
    """The router's replies to jobs of one destination: each job is in exactly one of them.

    Settings that change between jobs are followed; those of the first job hold for batches. `at` is told which job is being
    mapped, and None where they are put together.
    """
    items = _in_order(mapper, items)
    replies: list[dict[str, Any]] = []
    jobs: list[Job] = []
    failed: list[dict[str, Any]] = []
    settled = items[0].get("destination")
    for item in items:
        at(item)
        if item.get("destination") != settled:
            settled = item.get("destination")
            _settle(mapper, item)
        try:
            made = _mapped(mapper, item)
        except MappingError as wrong:
            failed.append(routed_failure(mapper, wrong, [item]))
        else:
            if made:
                jobs.append(Job(item["message"], item.get("metadata"), made, item.get("destination")))
            else:
                failed.append(_filtered(item))
        if not mapper.batching:
            replies += [*_replies(jobs, mapper, None), *failed]
            jobs, failed = [], []
    at(None)
    if jobs:
        if settled is not items[0].get("destination"):
            _settle(mapper, items[0])
        replies += _replies(jobs, mapper, _function(mapper))
    return _with_failures(replies, failed, mapper.batching.get("failures"))


def _with_failures(replies: list[dict[str, Any]], failed: list[dict[str, Any]], how: Any) -> list[dict[str, Any]]:
    """The replies, and those of failures first, last, or last with jobs that failed alike in one."""
    if how == "first":
        return [*failed, *replies]
    if how != "together":
        return [*replies, *failed]
    alike: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in failed:
        key = (one["statusCode"], one["error"], repr(one.get("statTags")), repr(one.get("destination")))
        if key in alike:
            alike[key]["metadata"] += one["metadata"]
        else:
            alike[key] = one
    return [*replies, *alike.values()]


def _in_order(mapper: Mapper, items: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    order = _named(mapper, "order")
    return sorted(items, key=lambda item: order(item["message"])) if order is not None else items


def _settle(mapper: Mapper, item: Mapping[str, Any]) -> None:
    destination = item.get("destination") or EMPTY
    mapper.settle(destination.get("Config"), destination)


def _mapped(mapper: Mapper, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    message = item["message"]
    if _was_mapped(item):
        return message if isinstance(message, list) else [message]
    return mapper.requests(message, item.get("metadata") or {}, connection_of(item))


def _was_mapped(item: Mapping[str, Any]) -> bool:
    """Whether a job comes mapped already, as data planes send those that went through the processor."""
    message = item["message"]
    said = isinstance(message, dict) and (message.get("statusCode") or item.get("mapped") is True)
    return bool(said) and "endpoint" in message


def _function(mapper: Mapper) -> Callable[..., list[Group]] | None:
    return _named(mapper, "use")


def _named(mapper: Mapper, key: str) -> Callable[..., Any] | None:
    """The function of mapper.py that `batching` names under a key."""
    use = str(mapper.batching.get(key, ""))
    return getattr(mapper.functions["mapper"], use.removeprefix("mapper.")) if use else None


def _replies(jobs: Sequence[Job], mapper: Mapper, function: Callable[..., list[Group]] | None) -> Iterator[dict[str, Any]]:
    for group in grouped(jobs, mapper.batching, mapper.call, function):
        yield {
            "batchedRequest": group.request,
            "metadata": [job.metadata for job in group.jobs],
            "batched": group.batched,
            "statusCode": 200,
            "destination": group.jobs[0].destination,
        }


def _filtered(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metadata": [item.get("metadata")],
        "batched": False,
        "statusCode": FILTERED,
        "error": "Event is filtered",
        "destination": item.get("destination"),
    }
