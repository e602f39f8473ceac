"""Which events of a batch go again and when, and how their new outcomes join the old ones. Both clients only send and wait."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from transformer.client import messages
from transformer.client.calls import Call
from transformer.client.records import Outcome, Output, TransformBatch, TransformResult

__all__ = ["Resend"]

_WAIT_SECONDS: Final = 0.1


class Resend:
    """The answers to a batch so far. `start` the first call, `take` its answer; `call` what is left; `result` is the whole."""

    def __init__(self, batch: TransformBatch, timeout: float | None) -> None:
        self._batch, self._timeout = batch, timeout
        self._end = 0.0
        self._indexes = list(range(len(batch.events)))
        self._outcomes: dict[int, Outcome] = {}
        self._outputs: list[Output] = []
        self._versions: dict[str, None] = {}

    def start(self, timeout: float) -> Call[TransformResult]:
        """The whole batch, as its first call. The time runs from here; `timeout` is the client's own."""
        self._end = time.monotonic() + (timeout if self._timeout is None else self._timeout)
        return self.call()

    def call(self) -> Call[TransformResult]:
        """The events that have no last outcome yet, as a call that may take what is left of the time."""
        batch = replace(self._batch, events=[self._batch.events[i] for i in self._indexes])
        request, left = messages.transform_request(batch), self._end - time.monotonic()
        return Call("TransformService", "Transform", request, messages.read_result, left)

    def take(self, result: TransformResult) -> float | None:
        """Take the answer to the last call. Returns the seconds to wait before the next; None: nothing is left, or no time."""
        sent = self._indexes
        self._outcomes.update(zip(sent, result.outcomes, strict=True))
        self._outputs += [Output(output.payload, tuple(sent[i] for i in output.inputs)) for output in result.outputs]
        self._versions.update(dict.fromkeys(result.versions))
        again = result.retryable()
        self._indexes = [sent[i] for i in again]
        if not again:
            return None
        asked = [failure.retry_after_seconds or 0.0 for i in again if (failure := result.outcomes[i].failure) is not None]
        wait = max([_WAIT_SECONDS, *asked])
        return wait if time.monotonic() + wait < self._end else None

    def result(self) -> TransformResult:
        """Every event's last outcome and all outputs, as if they had come in one answer."""
        outputs = sorted(self._outputs, key=lambda output: output.inputs[0])
        return TransformResult(
            tuple(outcome for _, outcome in sorted(self._outcomes.items())), tuple(outputs), tuple(self._versions)
        )
