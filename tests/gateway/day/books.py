"""The ledger of a day: what became of every event, from the processor's first request to what it would deliver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.chaos.ledger import Ledger, Sent

__all__ = ["BATCH_FAILED", "Books", "Passed"]

BATCH_FAILED = {400, 408, 413, 500, 504}
"""Ends of events whose worker had to be killed: for good, and not the client's to send again."""
ENDS: Mapping[str, set[int]] = {
    "good": {200},
    "big": {200},
    "slow": {200},
    "split": {200},
    "drop": {298},
    "fail": {400},
    "broken": {400},
    "loop": BATCH_FAILED,
    "hog": BATCH_FAILED,
}


class Passed(NamedTuple):
    """What a transformation made of an event, on its way to the destination."""

    event: Sent
    output: dict[str, Any]
    metadata: dict[str, Any]


class Books(Ledger):
    """A ledger with two pages: transformed, then mapped for a destination."""

    def transformed(
        self, events: Sequence[Sent], metadatas: Sequence[Mapping[str, Any]], elements: Sequence[Mapping[str, Any]]
    ) -> list[Passed]:
        """Take the answer to a batch. Returns what goes on to the destination, in order."""
        self.answers += 1
        by_job = {one["jobId"]: index for index, one in enumerate(metadatas)}
        found: list[list[Mapping[str, Any]]] = [[] for _ in events]
        last = -1
        for element in elements:
            index = by_job.get((element.get("metadata") or {}).get("jobId"))
            if index is None:
                self.wrong.append(f"an element of no event that was sent: {str(element)[:200]}")
                continue
            found[index].append(element)
            if element.get("statusCode") == 200:
                if index < last:
                    self.wrong.append(f"{events[index].identity} came out after {events[last].identity}")
                last = index
        passed: list[Passed] = []
        for event, metadata, mine in zip(events, metadatas, found, strict=True):
            passed += self._transformed(event, metadata, mine)
        return passed

    def _transformed(self, event: Sent, metadata: Mapping[str, Any], mine: Sequence[Mapping[str, Any]]) -> list[Passed]:
        who = f"{event.identity} ({event.kind})"
        if not mine:
            self.wrong.append(f"{who} is in the answer nowhere")
        # Of what is expanded, of what fails, and of what is dropped: as it came.
        self.wrong += [f"{who} came back with other metadata" for one in mine if not _same(one["metadata"], metadata)]
        statuses = {one.get("statusCode") for one in mine}
        if statuses == {200}:
            outputs = [dict(one.get("output") or {}) for one in mine]
            self.outputs(event, outputs, emitted=True)
            if 200 not in ENDS[event.kind]:
                self.wrong.append(f"{who} came out, and must not")
            return [Passed(event, output, dict(one["metadata"])) for output, one in zip(outputs, mine, strict=True)]
        end = mine[0].get("statusCode") if len(mine) == 1 else None
        if self.close(event, str(end)) and end not in ENDS[event.kind]:
            self.wrong.append(f"{who} ended with {[(one.get('statusCode'), str(one.get('error'))[:200]) for one in mine]}")
        return []

    def delivered(self, sent: Sequence[Passed], elements: Sequence[Mapping[str, Any]], parts: Mapping[str, int]) -> None:
        """Take the answer of a destination to a batch. `parts`: how many outputs each event has, over all batches."""
        self.answers += 1
        wanted = [(one.event.identity, one.output.get("part")) for one in sent]
        told = [(body.get("id"), body.get("part")) for body in (_body(element) for element in elements)]
        if told != wanted:
            self.wrong.append(f"a destination was sent {wanted[:3]}… and answered with {told[:3]}…: {str(elements)[:300]}")
        for one, element in zip(sent, elements, strict=False):
            if element.get("statusCode") != 200:
                self.wrong.append(f"{one.event.identity} could not be mapped: {str(element)[:200]}")
            if not _same(element.get("metadata") or {}, one.metadata):
                self.wrong.append(f"{one.event.identity} came back from a destination with other metadata")
            # The last part of an event closes it.
            if one.output.get("part", 0) == parts[one.event.identity] - 1:
                self.close(one.event, "200")


def _same(told: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """The same metadata: JavaScript's engine of old gives dropped events `messageIds: null` besides."""
    return {name: value for name, value in told.items() if value is not None} == dict(sent)


def _body(element: Mapping[str, Any]) -> Mapping[str, Any]:
    body = ((element.get("output") or {}).get("body") or {}).get("JSON")
    return body if isinstance(body, dict) else {}
