"""`transformer send`: events through transformations on a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.flow import flow
from transformer.cli.options import Parameters, Uses
from transformer.cli.reading import EventReader, Lines, identity, opened
from transformer.cli.results import Answer, Printer
from transformer.cli.server import SERVER_SETTINGS, connect_async, parse_ref, version_number
from transformer.cli.spec import CommandSpec
from transformer.cli.values import json_object, with_each
from transformer.client import Event, EventMetadata, TransformResult, Use
from transformer.outcome import Failure, Ledger
from transformer.settings import Settings

__all__ = ["PIPELINE_RUN", "SEND", "answer_of"]


def send(
    refs: Annotated[
        list[str] | None,
        typer.Argument(help="Transformations, one after the other: NAME, NAME@3, NAME@canary.", metavar="NAME[@WHICH]"),
    ] = None,
    use: Uses = None,
    parameters: Parameters = None,
    pipeline: Annotated[
        str, typer.Option(help="The pipeline to run instead of transformations: NAME, NAME@3.", metavar="NAME[@VERSION]")
    ] = "",
    events: Annotated[Path | None, typer.Option(help="Read events from this file instead of stdin.", metavar="FILE")] = None,
    metadata: Annotated[str, typer.Option(help="Metadata of every event, a JSON object.", metavar="JSON")] = "{}",
    batch_size: Annotated[int, typer.Option(help="Events per batch.", min=1)] = 500,
    in_flight: Annotated[int, typer.Option(help="Batches that are under way at once.", min=1, max=1000)] = 4,
    timeout: Annotated[float, typer.Option(help="Seconds for one batch, its retries included.", min=0.001)] = 30.0,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="Print an object per event, not only outputs.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Print what the code logged.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No failures and no summary on stderr.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Send events to a running server and print what comes back, as `run` does.

    Events are read from stdin, one JSON object per line. An event's userId (or anonymousId) is its ordering key, its messageId
    its message id. What fails as retryable is sent again until --timeout.
    """
    common = json_object(metadata, "--metadata")
    paths: list[str | Use] = [*(parse_ref(ref).path for ref in refs or ()), *_uses(use or (), parameters or ())]
    if not paths and not pipeline:
        raise CommandError("name a transformation, or a transform of the library with --use, or a --pipeline", Exit.USAGE)
    if paths and pipeline:
        raise CommandError("--pipeline names all that is to run; leave the rest out", Exit.USAGE)
    printer = Printer(outcomes=outcomes, logs=logs, quiet=quiet)
    with opened(events) as descriptor:
        reader = EventReader(descriptor, settings.limits, batch_size)
        with printer.told_if_cut_short():
            asyncio.run(_send(paths, _path(pipeline), common, reader, printer, in_flight, timeout, settings))
    return printer.finish()


def _uses(use: Sequence[str], parameters: Sequence[str]) -> list[Use]:
    """The transforms with their parameters; whether they fit is for the server to say. Raises CommandError."""
    return [Use(name, (given and json_object(given, "--with")) or b"") for name, given in with_each(use, parameters)]


def _path(pipeline: str) -> str:
    """A pipeline as a request names it, "" for none. Raises CommandError: a version that is no number."""
    name, _, version = pipeline.partition("@")
    return f"pipelines/{name}/versions/{version_number(version, name)}" if version else pipeline


async def _send(
    paths: list[str | Use],
    pipeline: str,
    common: dict[str, Any],
    reader: EventReader,
    printer: Printer,
    in_flight: int,
    timeout: float,  # noqa: ASYNC109 - the deadline that the server gets to know
    settings: Settings,
) -> None:
    defaults = EventMetadata(attributes=common) if common else None

    async with connect_async(settings) as client:

        async def transform(lines: Lines) -> Answer:
            result = await client.transform_all(
                workspace=settings.workspace,
                transformations=paths,
                pipeline=pipeline,
                events=[_event(payload) for payload in lines.payloads],
                defaults=defaults,
                include_logs=printer.logs,
                timeout=timeout,
            )
            return answer_of(lines, result)

        await flow(reader, transform, printer, in_flight)


def answer_of(lines: Lines, result: TransformResult) -> Answer:
    """A server's answer in the form that is printed."""
    steps = list(result.versions)
    ledger = Ledger(len(lines.payloads))
    ledger.settle(
        range(ledger.size),
        [outcome.status for outcome in result.outcomes],
        [output.payload for output in result.outputs],
        [output.inputs for output in result.outputs],
    )
    for index, outcome in enumerate(result.outcomes):
        if outcome.drop_reason:
            ledger.reasons[index] = outcome.drop_reason
        if outcome.drop_version in steps:
            ledger.droppers[index] = steps.index(outcome.drop_version)
        if outcome.logs:
            ledger.logs[index] = list(outcome.logs)
        if (failure := outcome.failure) is not None:
            if failure.version and failure.version not in steps:
                steps.append(failure.version)
            step = steps.index(failure.version) if failure.version else None
            ledger.failures[index] = Failure(failure.code, failure.message, failure.place, step, failure.retry_after_seconds)
    return Answer(lines, ledger, tuple(_short(name) for name in steps))


def _event(payload: bytes) -> Event:
    message_id, user = identity(payload)
    return Event(payload, message_id, EventMetadata(ordering_key=user) if user else None)


def _short(name: str) -> str:
    """`scrub@3` for a version's full name."""
    parts = name.split("/")
    return f"{parts[3]}@{parts[5]}" if len(parts) == 6 else name


SEND = CommandSpec(
    name="send",
    run=send,
    settings=(*SERVER_SETTINGS, "event_bytes", "batch_bytes"),
    examples=(
        "transformer events --count 1000 | transformer send scrub > scrubbed.jsonl",
        "transformer send scrub@3 sample@canary --events events.jsonl --outcomes",
        "transformer send --pipeline orders --events events.jsonl",
        'transformer send scrub --use library/drop_fields/v1 --with \'{"keys": ["email"]}\' --events events.jsonl',
    ),
)


def run_pipeline(
    name: Annotated[str, typer.Argument(help="The pipeline: NAME, NAME@3.", metavar="NAME[@VERSION]")],
    events: Annotated[Path | None, typer.Option(help="Read events from this file instead of stdin.", metavar="FILE")] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="Print an object per event, not only outputs.")] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Print what the code logged.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No failures and no summary on stderr.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Send events through a pipeline on a running server and print what its destination would be sent.

    Events are read from stdin, one JSON object per line. `transformer send --pipeline` does the same, with more options.
    """
    return send(pipeline=name, events=events, outcomes=outcomes, logs=logs, quiet=quiet, settings=settings)


PIPELINE_RUN = CommandSpec(
    name="pipeline run",
    run=run_pipeline,
    settings=(*SERVER_SETTINGS, "event_bytes", "batch_bytes"),
    examples=("transformer events --count 5 | transformer pipeline run orders", "transformer pipeline run orders --outcomes"),
)
