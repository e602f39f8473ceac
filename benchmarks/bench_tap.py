"""What does a tap cost the way of a batch? The event loop's part, with nobody and with somebody watching.

    python -m benchmarks.bench_tap [--quick]

Microseconds of CPU for a whole batch of 1 KB events, and the share of what decoding and encoding the JSON of the same batch
costs, which is what a worker does at least. What a watcher's own process does is not in it: that is another process, with a
lower priority.
"""

import tempfile
from collections.abc import Callable
from typing import Any

from benchmarks.floors import json_cpu
from benchmarks.machine import cpu_of, machine, options, save, table
from benchmarks.workloads import payloads
from transformer.broker.redaction import Redactor
from transformer.limits import Limits
from transformer.outcome import Ledger, Status
from transformer.pool import Plan, Step
from transformer.registry import Store
from transformer.registry.cache import Catalogue
from transformer.service.batches import Finished
from transformer.service.passing import offer
from transformer.service.planning import Part, Work
from transformer.service.tap import TapMethods
from transformer.settings import Settings
from transformer.tap.inspection import Order
from transformer.tap.watch import Wanted, Watch
from transformer.wire.pb.transform_pb2 import Event, EventMetadata, TransformRequest

PREFIX = "workspaces/bench/transformations/watched/versions/"
BATCHES = (1, 100, 500)
NO_BOUND = 1e12
NO_SECRETS = Redactor()


def finished(events: list[bytes]) -> Finished:
    """A batch whose events were emitted as they came."""
    request = TransformRequest(
        workspace="workspaces/bench",
        events=[
            Event(payload=event, message_id=f"m{n}", metadata=EventMetadata(ordering_key=f"user-{n}"))
            for n, event in enumerate(events)
        ],
    )
    plan = Plan("bench", (Step("hash", "python", f"{PREFIX}1", ""),), Limits())
    work = Work("bench", [Part(plan, range(len(events)))], events, [event.message_id for event in request.events])
    ledger = Ledger(len(events))
    ledger.settle(range(len(events)), [Status.EMITTED] * len(events), events, [(n,) for n in range(len(events))])
    return Finished(lambda: request, work, ledger, [f"{PREFIX}1"], 0.001)


def watched(batch: Finished, prefix: str = PREFIX, **wanted: Any) -> Callable[[], None]:
    """What one watch adds to a batch. A watch is new each time, so that its queue is never full."""

    def run() -> None:
        watch = Watch(Wanted("bench", "watched", Order(()), **wanted), looks_per_second=NO_BOUND)
        offer(watch, prefix, None, batch, NO_SECRETS)

    return run


def full(batch: Finished) -> Callable[[], None]:
    """What a watch adds whose watcher is too slow."""
    watch = Watch(Wanted("bench", "watched", Order(())), looks_per_second=NO_BOUND)
    while not watch.counts.dropped:
        offer(watch, PREFIX, None, batch, NO_SECRETS)
    return lambda: offer(watch, PREFIX, None, batch, NO_SECRETS)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    rounds = 1 if chosen.quick else 7
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/registry.db")
        tap = TapMethods(Catalogue(store), Settings())
        for size in chosen.batches or BATCHES:
            events = payloads(size)
            batch = finished(events)
            json_us = json_cpu(events, rounds) * size
            cases = {
                "nobody": lambda batch=batch: tap.finished(batch),
                "another": watched(batch, PREFIX.replace("watched", "another")),
                "one-percent": watched(batch, rate=0.01),
                "sticky-1%": watched(batch, rate=0.01, sticky=True),
                "failed-only": watched(batch, outcomes=frozenset({int(Status.FAILED)})),
                "all": watched(batch),
                "all-too-slow": full(batch),
            }
            for name, run in cases.items():
                took = cpu_of(run, rounds=rounds) * 1e6
                rows.append({"watching": name, "batch": size, "us": round(took, 3), "of_json": round(took / json_us, 4)})
        store.close()
    table(
        ["watching", "batch", "µs per batch", "of its JSON"],
        [[row["watching"], row["batch"], row["us"], row["of_json"]] for row in rows],
    )
    save("tap", chosen, about, rows)


if __name__ == "__main__":
    main()
