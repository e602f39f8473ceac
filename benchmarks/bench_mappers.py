"""What does it cost to map an event to what its destination expects?

    python -m benchmarks.bench_mappers [--quick] [--only ga4]

Twice, in µs of CPU per event of about 1 KB: in this process, from the decoded event to the encoded output; and end to end over
gRPC in batches of 100, of the whole process tree of the real server, where the pipeline is that destination alone. Beside each,
in the same rounds, a transformation that returns its event. `before` is what the incumbent was measured at on such a machine
(DESIGN, section 10: 1.2 KB, batch 100, whole process tree).
"""

import statistics
import time
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

import orjson

from benchmarks.load import drive, request_of
from benchmarks.machine import machine, options, save, table
from benchmarks.server import WORKSPACE, publish, service
from benchmarks.workloads import IDENTITY, payloads, rounds_of
from transformer.client import Client, Status
from transformer.destinations import shelf
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.warehouse import open_warehouse
from transformer.registry.sealing import new_key

BATCH = 100
SETTINGS: dict[str, dict[str, Any]] = {
    "ga4": {"apiSecret": "s", "measurementId": "G-1", "typesOfClient": "gtag"},
    "am": {"apiKey": "k"},
    "mp": {"token": "t", "apiSecret": "s", "identityMergeApi": "simplified", "dataResidency": "us"},
    "braze": {"restApiKey": "k", "dataCenter": "US-01", "enableSubscriptionGroupInGroupCall": False},
    "webhook": {"webhookUrl": "https://hook.example.com/in"},
    "snowflake": {},
    "postgres": {},
}
INCUMBENT = {"ga4": 188, "am": 257, "mp": 177, "braze": 47, "webhook": 71, "snowflake": 377, "postgres": 225}
# A part of what the incumbent needs, end to end.
AIMS = {name: 3 if name in {"braze", "webhook"} else 10 for name in INCUMBENT}


def mapping(name: str) -> Any:
    """The function that maps an event."""
    if name not in shelf.names():
        return open_warehouse(name, SETTINGS[name]).rows
    compiled = shelf.compiled(name)
    return Mapper(Program(compiled.name, compiled.code, compiled.mappers), SETTINGS[name]).requests


def tracked(events: list[bytes], name: str) -> list[bytes]:
    """Those of the events that the destination takes."""
    requests, kept = mapping(name), []
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    times = dict.fromkeys(("originalTimestamp", "sentAt", "timestamp", "receivedAt"), now)  # some take no old events
    for payload in events:
        event = orjson.loads(payload) | times
        try:
            if requests(event):
                kept.append(orjson.dumps(event))
        except MappingError:
            continue
    assert kept, name
    return kept


def in_process(name: str, events: list[bytes], rounds: int) -> float:
    """µs of CPU per event, from the decoded event to the encoded output."""
    requests, times = mapping(name), []
    for number in range(rounds + 1):
        decoded = list(map(orjson.loads, events))
        began = time.process_time()
        for event in decoded:
            for made in requests(event):
                orjson.dumps(made)
        if number:
            times.append((time.process_time() - began) / len(decoded) * 1e6)
    return statistics.median(times)


def main() -> None:
    chosen = options(__doc__)
    about = machine()
    _, seconds, rounds, _ = rounds_of(chosen)
    known = {*shelf.names(), "snowflake", "postgres"}
    names = [name for name in SETTINGS if chosen.only in {None, name} and name in known]
    sample = payloads(200 if chosen.quick else 2000)
    events = {name: tracked(sample, name) for name in names}
    with service(secrets_key=new_key()) as (pid, address):
        publish(address, workloads=[IDENTITY])
        with Client(address) as client:
            for name in names:
                content = orjson.dumps({"type": name, "settings": written(client, name)}).decode()
                client.push_definition(WORKSPACE, "destinations", name, content)
                client.push_definition(WORKSPACE, "pipelines", name, f"destination: {name}")
                told = client.transform(workspace=WORKSPACE, pipeline=name, events=events[name][:50])
                failed = [outcome.failure for outcome in told.outcomes if outcome.status is Status.FAILED]
                assert not failed, (name, failed[0])
        rows = [measure(name, events[name], pid, address, seconds, rounds) for name in names]
    head = ["destination", "in process", "end to end", "identity", "mapping", "before", "part of it", "aim", ""]
    print(f"µs of CPU per event; end to end over gRPC at batch {BATCH}; mapping = end to end less identity in the same rounds")
    table(head, [line(row) for row in rows])
    save("mappers", chosen, about, rows)


def written(client: Client, name: str, workspace: str = WORKSPACE) -> dict[str, Any]:
    """Settings as a definition has them: what is secret is kept as one, and named."""
    forms = shelf.definition_of(name).settings if name in shelf.names() else {}
    found = dict(SETTINGS[name])
    for key, value in SETTINGS[name].items():
        if forms.get(key, {}).get("secret"):
            client.create_secret(workspace, f"{name}_{key}", value)
            found[key] = f"${{secret.{name}_{key}}}"
    return found


def measure(name: str, events: list[bytes], pid: int, address: str, seconds: float, rounds: int) -> dict[str, Any]:
    """A row: the pipeline and the identity take turns."""
    batch = list(islice(cycle(events), BATCH))
    identity = request_of(f"transformations/{IDENTITY.name}", batch, WORKSPACE)
    mapped = request_of("", batch, WORKSPACE, pipeline=f"pipelines/{name}")
    seen = []
    for number in range(rounds + 1):
        one = drive(address, pid, identity, BATCH, seconds).cpu_us
        other = drive(address, pid, mapped, BATCH, seconds)
        if number:
            seen.append((other.cpu_us, one, other.cpu_us - one, other.events_per_second))
    whole, alone, extra, rate = (statistics.median(column) for column in zip(*seen, strict=True))
    return {
        "destination": name,
        "in_process_us": round(in_process(name, events[:500], rounds), 2),
        "end_to_end_us": round(whole, 2),
        "identity_us": round(alone, 2),
        "mapping_us": round(extra, 2),
        "events_per_second": round(rate),
        "incumbent_us": INCUMBENT[name],
        "part": round(INCUMBENT[name] / whole, 1),
        "kinds_of_events": len({orjson.loads(event)["type"] for event in events}),
    }


def line(row: dict[str, Any]) -> list[object]:
    """A row of the table."""
    aim = AIMS[row["destination"]]
    numbers = [row[key] for key in ("in_process_us", "end_to_end_us", "identity_us", "mapping_us", "incumbent_us")]
    return [row["destination"], *numbers, f"1/{row['part']}", f"1/{aim}", "met" if row["part"] >= aim else "missed"]


if __name__ == "__main__":
    main()
