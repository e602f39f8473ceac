"""Which events of a finished batch ran through what is watched, with all that a watcher may ask about them.

Nothing is copied and nothing parsed: what is offered to the watch are the batch's own bytes, but for secrets that are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformer.broker.redaction import Redactor
from transformer.errors import CallerError
from transformer.outcome import Ledger
from transformer.service.batches import Finished
from transformer.service.planning import Part
from transformer.tap.watch import Passed, Watch
from transformer.wire.request import ordering_keys, read_metadata

__all__ = ["offer"]


def offer(watch: Watch, prefix: str, versions: frozenset[str] | None, batch: Finished, redactor: Redactor) -> None:
    """Offer a watch what it takes of a batch.

    Args:
        watch: who watches.
        prefix: what the names of all versions of the transformation begin with.
        versions: the names of those that are watched; None for all.
        batch: of the watch's workspace.
        redactor: knows the secrets that its code was given.
    """
    offset = 0
    for part in batch.work.parts:
        for position, step in enumerate(part.plan.steps):
            if step.name.startswith(prefix) and (versions is None or step.name in versions):
                _offer_part(watch, step.name, batch, part, offset + position, redactor)
                break
        offset += len(part.plan.steps)


def _offer_part(watch: Watch, version: str, batch: Finished, part: Part, step: int, redactor: Redactor) -> None:
    ledger, work = batch.ledger, batch.work
    status, failures = ledger.status, ledger.failures
    # Only a sticky sample asks for the keys.
    keys = ordering_keys(batch.request()) if watch.wanted.sticky else None
    chosen = []
    for index in part.indexes:
        failure = failures.get(index)
        if failure is not None and failure.step is not None and failure.step < step:
            continue  # it failed before it came to what is watched
        if watch.takes(status[index], keys[index] if keys else ""):
            chosen.append(index)
    if not chosen:
        return
    outputs = _outputs(ledger, chosen)
    metadata = _Metadata(batch) if "metadata" in watch.wanted.order.filter else None
    for index in chosen:
        failure = failures.get(index)
        fields, attributes = metadata.of(index) if metadata else ({}, b"")
        watch.offer(
            Passed(
                version,
                redactor.text(work.workspace, work.ids[index]),
                redactor.payload(work.workspace, work.payloads[index]),
                [redactor.payload(work.workspace, output) for output in outputs[index]],
                status[index],
                ledger.reasons.get(index, ""),
                failure,
                batch.steps[failure.step] if failure is not None and failure.step is not None else "",
                ledger.logs.get(index, ()) if watch.wanted.logs else (),
                fields,
                redactor.payload(work.workspace, attributes),
            )
        )


def _outputs(ledger: Ledger, chosen: Sequence[int]) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {index: [] for index in chosen}
    for payload, sources in zip(ledger.payloads, ledger.inputs, strict=True):
        for source in sources:
            if (outputs := found.get(source)) is not None:
                outputs.append(payload)
    return found


class _Metadata:
    """The metadata of a batch, read if a step of the batch has not asked for it before."""

    def __init__(self, batch: Finished) -> None:
        try:
            self._common, self._own, self._attributes = batch.work.metadata or read_metadata(batch.request())
        except CallerError:  # a time that RFC 3339 cannot say; no step has asked for it, so it is no fault of the batch
            self._common, self._own, self._attributes = {}, [{} for _ in batch.work.ids], None

    def of(self, index: int) -> tuple[dict[str, Any], bytes]:
        return {**self._common, **self._own[index]}, self._attributes[index] if self._attributes else b""
