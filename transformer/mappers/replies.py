"""Replies as existing data planes read them: per event for their processor, per batch for their router.

    processor   [{message, metadata, destination}, …]  →  [{output, metadata, statusCode} | {error, statTags, …}, …]
    router      the same items, each a job             →  [{batchedRequest, metadata: […], batched, statusCode, destination}, …]

Statuses and tags are theirs: 200; 298 for an event that nothing is sent for; 400 for what retrying does not mend; 500 else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper
from transformer.mappers.values import EMPTY, text

__all__ = ["FILTERED", "Maps", "connection_of", "failure", "no_jobs", "processed", "routed_failure", "stat_tags", "told"]

FILTERED: Final = 298
_CATEGORIES: Final = {
    "instrumentation": {"errorCategory": "dataValidation", "errorType": "instrumentation"},
    "configuration": {"errorCategory": "dataValidation", "errorType": "configuration"},
    "transformation": {"errorCategory": "transformation"},
    "filtered": {},
    "platform": {"errorCategory": "platform"},
    "oauth_secret": {"errorCategory": "platform", "errorType": "oAuthSecret"},
}


class Maps(Protocol):
    """What replies need to know of whoever maps: a destination, or a warehouse."""

    @property
    def name(self) -> str:
        """The destination's."""
        ...

    @property
    def implementation(self) -> str:
        """How data planes count it."""
        ...

    @property
    def workflow(self) -> str:
        """What replies call it where they name its parts; "" where they do not."""
        ...


def processed(mapper: Mapper, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The processor's replies to one item: as many as requests, or one."""
    given = item.get("metadata")
    metadata = given if isinstance(given, dict) else {}
    try:
        made = mapper.requests(item["message"], metadata, connection_of(item))
        # A mapper may tell the data plane more of an event than it was told itself.
        kept = {} if given is None else {"metadata": mapper.call.metadata}
    except MappingError as wrong:
        return [failure(mapper, wrong, metadata, "processor") | ({} if given is None else {"metadata": given})]
    return [reply | kept for reply in told(made)]


def told(made: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The processor's replies to an event of which this was made, but for its metadata."""
    if not made:
        return [{"statusCode": FILTERED, "error": "Event is filtered"}]
    return [{"output": {**one, "userId": _user(one)}, "statusCode": one.get("statusCode", 200)} for one in made]


def connection_of(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The connection that an item came through; an empty one where it does not say."""
    found = item.get("connection")
    return found if isinstance(found, dict) else EMPTY


def _user(made: Mapping[str, Any]) -> str:
    user = made.get("userId")
    return text(user) if user else ""


def failure(mapper: Maps, wrong: MappingError, metadata: Mapping[str, Any], feature: str) -> dict[str, Any]:
    """What a reply says of an event that cannot be mapped."""
    message = wrong.message
    if mapper.workflow and wrong.step and feature == "processor":
        step, _, child = wrong.step.partition("/")
        message += (
            f": Workflow: {mapper.workflow}, Step: {step}, ChildStep: {child or 'undefined'}, OriginalError: {wrong.message}"
        )
    tags = stat_tags(mapper, wrong.category, metadata, feature)
    if wrong.meta:
        tags["meta"] = wrong.meta
    return {"statusCode": wrong.status, "error": message, "statTags": tags}


def routed_failure(mapper: Maps, wrong: MappingError, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the router's reply says of jobs that cannot be mapped."""
    reply = failure(mapper, wrong, items[0].get("metadata") or {}, "router")
    reply |= {"metadata": [one.get("metadata") for one in items], "batched": False}
    return reply if wrong.bare else reply | {"destination": items[0].get("destination")}


def no_jobs(destination: Any) -> dict[str, Any]:
    """What the router's reply says where it was asked about no list of jobs. `destination` is the name that was asked for."""
    named = {} if destination is None else {"destType": destination}
    return {"metadata": [named], "batched": False, "statusCode": 400, "error": "Invalid event array"}


def stat_tags(mapper: Maps, category: str, metadata: Mapping[str, Any], feature: str) -> dict[str, Any]:
    """The tags by which data planes count errors."""
    tags: dict[str, Any] = {
        **_CATEGORIES[category],
        "destType": mapper.name.upper(),
        "module": "destination",
        "implementation": mapper.implementation,
        "feature": feature,
    }
    for key in ("destinationId", "workspaceId"):
        if metadata.get(key) is not None:
            tags[key] = metadata[key]
    return tags
