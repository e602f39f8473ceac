"""The story of the demo: start, publish, send, compare, end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from transformer.cli.code import read_source
from transformer.cli.demo.child import service
from transformer.cli.demo.report import Leg, print_legs, print_one_event
from transformer.cli.discovery import case_files, publishable
from transformer.cli.exits import Exit
from transformer.cli.publish import publish_file
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import say
from transformer.cli.words import many
from transformer.client import AsyncClient, Client, Event, EventMetadata, TransformResult
from transformer.sample_events import sample_events
from transformer.settings import Settings

__all__ = ["DEMO"]

TRANSFORMS: Final = Path(__file__).parent / "transforms"
WORKSPACE: Final = "demo"
NAMES: Final = ("scrub", "split-name", "sample")
_IN_FLIGHT: Final = 4


def demo(
    count: Annotated[int, typer.Option(help="Events.", min=1, max=1_000_000)] = 4000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 7,
    batch_size: Annotated[int, typer.Option(help="Events per batch.", min=1, max=5000)] = 200,
    *,
    settings: Settings,
) -> Exit:
    """Start a service, publish three transformations, send events, and show what became of them.

    The service is a process of its own on a free loopback port, with an empty registry in a temporary folder. It ends with the
    demo, and nothing is left. Nothing here needs a network.
    """
    events = _events(count, seed)
    with service(settings.profile) as address:
        say(f"a service listens on {address}, in the profile {settings.profile}")
        with Client(address, actor="demo") as client:
            for name in NAMES:
                file = TRANSFORMS / name / "transform.py"
                cases = publishable(case_files(file))
                version = publish_file(client, WORKSPACE, name, read_source(file), cases)
                client.activate_version(WORKSPACE, name, version.number)
                say(f"published {name}@{version.number}: {many(len(cases), 'case')} held; it is live")
        legs = asyncio.run(_legs(address, events, batch_size))
    print_legs(legs, count)
    print_one_event(events, legs[-1])
    say("the service has ended; nothing is left of it", "green")
    return Exit.OK


def _events(count: int, seed: int) -> list[dict[str, Any]]:
    """Sample events, of which a few have a name that no name can be: something has to fail."""
    events = sample_events(count, seed)
    for number, event in enumerate(event for event in events if event["type"] == "identify"):
        if number % 40 == 0:
            event["traits"]["name"] = None
    return events


async def _legs(address: str, events: list[dict[str, Any]], batch_size: int) -> list[Leg]:
    """Every transformation alone over all events, then all of them as one pipeline."""
    sent = [Event(orjson.dumps(event), event["messageId"], _key(event)) for event in events]
    batches = [sent[start : start + batch_size] for start in range(0, len(sent), batch_size)]
    legs = []
    async with AsyncClient(address, actor="demo") as client:
        for names in (*((name,) for name in NAMES), NAMES):
            started = time.perf_counter()
            results = await _send(client, names, batches)
            legs.append(Leg.of(names, events, results, time.perf_counter() - started))
    return legs


def _key(event: dict[str, Any]) -> EventMetadata:
    return EventMetadata(ordering_key=event.get("userId") or event["anonymousId"])


async def _send(client: AsyncClient, names: Sequence[str], batches: list[list[Event]]) -> list[TransformResult]:
    room = asyncio.Semaphore(_IN_FLIGHT)

    async def one(batch: list[Event]) -> TransformResult:
        async with room:
            return await client.transform_all(workspace=WORKSPACE, transformations=names, events=batch)

    return list(await asyncio.gather(*(one(batch) for batch in batches)))


DEMO = CommandSpec(
    name="demo",
    run=demo,
    settings=("profile",),
    examples=("transformer demo", "transformer demo --count 20000 --batch-size 500"),
)
