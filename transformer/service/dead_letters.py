"""What failed becomes dead letters, beside the data path: it pays some microseconds for an event that failed, and else nothing.

Failures that sending again may mend are left out, unless `dead_letters_of` is `all`: whoever sent them will send them again,
and a letter of an event that went through later would be processed twice when it is replayed. Left out are replays, too:
their letters are still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from transformer.deadletters import Letter, LetterFailure, Metadata, Stats, Writer, next_id, open_sink
from transformer.observe import Logger
from transformer.outcome import Failure
from transformer.service.batches import Finished
from transformer.settings import Settings
from transformer.wire.pb import transform_pb2 as pb

__all__ = ["DeadLetters"]

_CLOSE_SECONDS: Final = 5.0
_HURRY_SECONDS: Final = 1.0
_OWN_BYTES: Final = 500
"""What a letter takes in memory beside its texts, roughly."""


class DeadLetters:
    """Keeps failed events as the settings say. A `BatchObserver`; does nothing at all with `dead_letters` = none.

    Raises:
        SettingsError: the sink's settings are wrong.
    """

    def __init__(self, settings: Settings, log: Logger) -> None:
        self._all = settings.dead_letters_of == "all"
        self._writer: Writer | None = None
        if (sink := open_sink(settings)) is not None:
            self._writer = Writer(sink, log, queue=settings.dead_letters_queue, total_bytes=settings.dead_letters_bytes)

    def start(self) -> None:
        """Begin to keep."""
        if self._writer is not None:
            self._writer.start()

    def stats(self) -> Stats:
        """What became of letters so far."""
        return Stats() if self._writer is None else self._writer.stats()

    def finished(self, batch: Finished) -> None:
        """As `BatchObserver.finished`."""
        if not batch.ledger.failures or self._writer is None:
            return
        failed = _Failed.of(batch, retryable=self._all)
        if failed.events:
            self._writer.offer(failed)

    def close(self, *, in_a_hurry: bool = False) -> None:
        """Keep what waits, for some seconds at most, or one at most. Blocks; a second call cuts the first one short."""
        if self._writer is not None:
            self._writer.close(_HURRY_SECONDS if in_a_hurry else _CLOSE_SECONDS)


@dataclass(frozen=True, slots=True)
class _Failed:
    """The failed events of a batch, detached from its request: payload, id, metadata as bytes, failure."""

    workspace: str
    time: datetime
    transformations: tuple[str, ...]
    versions: tuple[str, ...]
    steps: Sequence[str]
    defaults: bytes
    events: list[tuple[bytes, str, bytes, Failure]]

    @classmethod
    def of(cls, batch: Finished, *, retryable: bool) -> _Failed:
        """Those of a batch that are to be kept."""
        request, work = batch.request(), batch.work
        sent, payloads, ids = request.events, work.payloads, work.ids
        events = []
        for index, failure in batch.ledger.failures.items():
            event = sent[index]
            if (retryable or not failure.retryable) and not event.dead_letter:
                metadata = event.metadata.SerializeToString() if event.HasField("metadata") else b""
                events.append((payloads[index], ids[index], metadata, failure))
        return cls(
            work.workspace,
            datetime.now(UTC),
            tuple(_asked(request)),
            tuple(work.versions),
            batch.steps,
            request.defaults.SerializeToString() if request.HasField("defaults") else b"",
            events,
        )

    @property
    def sizes(self) -> list[int]:
        """As `Batch.sizes`."""
        return [len(payload) + len(metadata) + _OWN_BYTES for payload, _, metadata, _ in self.events]

    def letters(self, count: int) -> Iterator[Letter]:
        """As `Batch.letters`."""
        common = pb.EventMetadata.FromString(self.defaults)
        shared = _metadata(pb.EventMetadata(), common)
        last: Failure | None = None
        blamed = LetterFailure("", "")
        for payload, message_id, metadata, failure in self.events[:count]:
            if failure is not last:  # of a killed batch all have one
                last, blamed = failure, _blamed(failure, self.steps)
            yield Letter(
                id=next_id(),
                time=self.time,
                workspace=self.workspace,
                transformations=self.transformations,
                failure=blamed,
                payload=payload,
                message_id=message_id,
                metadata=_metadata(pb.EventMetadata.FromString(metadata), common) if metadata else shared,
                versions=self.versions,
            )


def _asked(request: pb.TransformRequest) -> Iterator[str]:
    """The pipeline, or the transformations, those of the library with their parameters."""
    if request.pipeline:
        yield request.pipeline
    for index, reference in enumerate(request.transformations):
        parameters = request.parameters[index] if index < len(request.parameters) else b""
        yield f"{reference} {parameters.decode()}" if parameters else reference


def _blamed(failure: Failure, steps: Sequence[str]) -> LetterFailure:
    version = steps[failure.step] if failure.step is not None else ""
    return LetterFailure(failure.code.text, failure.message, failure.retryable, version, failure.place)


def _metadata(own: pb.EventMetadata, common: pb.EventMetadata) -> Metadata:
    """The metadata of an event: its own, and what the request said for all where it says nothing."""
    return Metadata(
        own.source_id or common.source_id,
        own.destination_id or common.destination_id,
        own.ordering_key or common.ordering_key,
        _time(own) if own.HasField("received_time") else _time(common),
        own.attributes or common.attributes,
    )


def _time(metadata: pb.EventMetadata) -> str:
    """RFC 3339. "" for none, and for a time that cannot be said so: a request that needed it would have been refused."""
    try:
        return metadata.received_time.ToJsonString() if metadata.HasField("received_time") else ""
    except ValueError:
        return ""
