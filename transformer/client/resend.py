"""Which events of a batch go again, and how their new outcomes join the old ones. Pure bookkeeping, shared by both clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from transformer.client.records import Outcome, Output, TransformBatch, TransformResult

__all__ = ["Resend"]

_WAIT_SECONDS: Final = 0.1


class Resend:
    """The answers to a batch so far. `take` an answer; `batch` is what to send next; `result` is the whole."""

    def __init__(self, batch: TransformBatch) -> None:
        self._batch = batch
        self._indexes = list(range(len(batch.events)))
        self._outcomes: dict[int, Outcome] = {}
        self._outputs: list[Output] = []
        self._versions: dict[str, None] = {}

    def take(self, result: TransformResult) -> float | None:
        """Take the answer to what was sent last. Returns the seconds to wait before sending the rest, None if none is left."""
        sent = self._indexes
        self._outcomes.update(zip(sent, result.outcomes, strict=True))
        self._outputs += [Output(output.payload, tuple(sent[i] for i in output.inputs)) for output in result.outputs]
        self._versions.update(dict.fromkeys(result.versions))
        again = result.retryable()
        self._indexes = [sent[i] for i in again]
        if not again:
            return None
        asked = [failure.retry_after_seconds or 0.0 for i in again if (failure := result.outcomes[i].failure) is not None]
        return max([_WAIT_SECONDS, *asked])

    def batch(self) -> TransformBatch:
        """The events that are to be sent again."""
        return replace(self._batch, events=[self._batch.events[i] for i in self._indexes])

    def result(self) -> TransformResult:
        """Every event's last outcome and all outputs, as if they had come in one answer."""
        outputs = sorted(self._outputs, key=lambda output: output.inputs[0])
        return TransformResult(
            tuple(outcome for _, outcome in sorted(self._outcomes.items())), tuple(outputs), tuple(self._versions)
        )
