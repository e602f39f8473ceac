"""Move batches from a reader through code to a printer: several at once, answers in order, memory bounded."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import aclosing, contextmanager
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from transformer.cli.reading import EventReader, Lines
from transformer.cli.results import Answer, Printer

__all__ = ["flow"]


async def flow(
    reader: EventReader, transform: Callable[[Lines], Coroutine[Any, Any, Answer]], printer: Printer, at_once: int
) -> None:
    """Print the answer to every batch of `reader`, in order, with at most `at_once` of them under way.

    Whatever ends it early (an error of `transform`, a closed stdout, a cancellation) ends what is under way first.
    """
    room = asyncio.Semaphore(at_once)
    waiting: asyncio.Queue[asyncio.Task[Answer] | None] = asyncio.Queue()
    started: set[asyncio.Task[Answer]] = set()

    async def feed() -> None:
        try:
            async with aclosing(reader.batches()) as batches:
                async for lines in batches:
                    await room.acquire()
                    task = asyncio.create_task(transform(lines))
                    started.add(task)
                    waiting.put_nowait(task)
        finally:
            waiting.put_nowait(None)

    feeding = asyncio.create_task(feed())
    try:
        with _progress(printer) as advance:
            while (next_task := await waiting.get()) is not None:
                answer = await next_task
                started.discard(next_task)
                printer.print(answer)
                room.release()
                advance()
            await feeding
    finally:
        feeding.cancel()
        for task in started:
            task.cancel()
        await asyncio.gather(feeding, *started, return_exceptions=True)


@contextmanager
def _progress(printer: Printer) -> Generator[Callable[[], None]]:
    """A live line on stderr, where somebody looks at it and the results do not run through it."""
    if printer.quiet or not printer.console.is_terminal or sys.stdout.isatty():
        yield lambda: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=printer.console, transient=True) as progress:
        line = progress.add_task("no events yet")
        yield lambda: progress.update(line, description=printer.so_far())
