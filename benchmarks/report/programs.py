"""Everything that is measured: code in three languages, library, lookup and mappings; with its events, and its floor.

Each language has a workspace of its own, so that none takes the workers of another.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import cycle, islice
from typing import Any

import orjson

from benchmarks.bench_mappers import SETTINGS, mapping, tracked, written
from benchmarks.bench_pii import CLEAN, PERSONAL
from benchmarks.doors import http_request
from benchmarks.floors import node_cpu, work_cpu
from benchmarks.load import request_of
from benchmarks.machine import cpu_of
from benchmarks.workloads import IDENTITY, WORKLOADS, Workload, payloads
from benchmarks.workloads_javascript import JAVASCRIPT_WORKLOADS
from benchmarks.workloads_wasm import ZIG_WORKLOADS
from transformer.capabilities import Capabilities
from transformer.client import Client
from transformer.engines.base import Host
from transformer.engines.catalog import ENGINES
from transformer.engines.python import natives
from transformer.library import shelf
from transformer.library.parameters import filled
from transformer.library.steps import transform_step

EVENTS = 500
FLOOR_EVENTS = 200
TABLE_ROWS = 20_000
MAPPINGS = ("ga4", "am", "mp", "webhook", "snowflake")
ENRICHMENT = """
def transformEvent(event, metadata):
    key = event.get("userId") or event["anonymousId"]
    plan = lookup("plans", "plan-" + str(sum(map(ord, key)) * 31 % 20000))
    event["context"]["plan"] = {"name": plan["name"], "price": plan["price"], "tier": plan["tier"]}
    return event
"""


@dataclass(frozen=True)
class Program:
    """What a request can ask for. `resource` is how; `floor` gives µs of CPU of its JSON and its function alone."""

    workload: str
    language: str
    events: Sequence[bytes]
    resource: str
    floor: Callable[[Program], float]
    workspace: str
    workload_of: Workload | None = None
    compares: bool = False
    """Whether it stands only for what something else is measured on top of."""

    def request(self, batch: int) -> bytes:
        """As gRPC has it."""
        events = list(islice(cycle(self.events), batch))
        if self.resource.startswith("pipelines/"):
            return request_of("", events, self.workspace, pipeline=self.resource)
        return request_of(self.resource, events, self.workspace)

    def http(self, batch: int) -> bytes:
        """As data planes have it."""
        if self.language == "mapping":
            destination: dict[str, Any] = {
                "ID": "d1",
                "Name": self.workload,
                "Config": SETTINGS[self.workload],
                "Enabled": True,
            }
            path = f"/v0/destinations/{self.workload}"
        else:
            destination, path = {"Transformations": [{"VersionID": self.resource.rpartition("/")[2]}]}, "/customTransform"
        told = orjson.dumps(destination)
        events = enumerate(islice(cycle(self.events), batch))
        items = (b'{"message":%b,"metadata":%b,"destination":%b}' % (one, self._metadata(at), told) for at, one in events)
        return http_request(path, b"[" + b",".join(items) + b"]")

    def _metadata(self, at: int) -> bytes:
        return orjson.dumps({
            "sourceId": "2MUWghI7u85n91dd1qzGyswpZan", "workspaceId": self.workspace, "instanceId": "1", "jobId": at + 1,
            "sourceType": "Javascript", "sourceCategory": "", "destinationId": "2MUWhYJ7yVr3tPq0cC2Zt7TxKzQ",
            "messageId": f"01J9ZK6Y7Q-{at:08d}", "rudderId": "<<>>user<<>>", "receivedAt": "2026-11-21T13:15:57.203Z",
            "eventName": "", "eventType": "track", "recordId": None, "destinationType": self.workload.upper(),
            "sourceDefinitionType": "", "destinationDefinitionId": "", "transformationId": "", "transformationVersionId": "",
        })  # fmt: skip


def programs() -> list[Program]:
    """All of them; building the binaries takes a minute the first time."""
    common = tuple(payloads(EVENTS))
    found = [
        Program(each.name, "python", common, f"transformations/{each.name}", plain_floor, "python", each) for each in WORKLOADS
    ]
    found += [
        Program(each.name, "javascript", common, f"transformations/{each.name}", node_floor, "javascript", each)
        for each in JAVASCRIPT_WORKLOADS
    ]
    found += [
        Program(each.name, "wasm", common, f"transformations/{each.name}", wasm_floor, "wasm", each) for each in ZIG_WORKLOADS()
    ]
    for name, event in (("pii, clean", CLEAN), ("pii, dirty", PERSONAL)):
        events = tuple(orjson.dumps({**event, "messageId": f"{at:08d}-9b1a-4c7e-8f6d-2a3b4c5d6e7f"}) for at in range(EVENTS))
        found.append(Program(name, "python", events, "library/pii/v1", pii_floor, "python"))
    enrichment = Workload("enrichment", ENRICHMENT)
    found.append(Program("enrichment", "python", common, "transformations/enrichment", lookup_floor, "python", enrichment))
    for name in MAPPINGS:
        events = tuple(tracked(list(common), name))
        found.append(Program(name, "mapping", events, f"pipelines/{name}", mapping_floor, "mapping"))
        under = f"identity of {name}'s events"
        found.append(
            Program(under, "python", events, "transformations/identity", plain_floor, "python", IDENTITY, compares=True)
        )
    return found


def publish_all(address: str, chosen: Sequence[Program]) -> None:
    """Everything that the programs name, published and activated as a user would."""
    with Client(address) as client:
        for workspace in sorted({program.workspace for program in chosen}):
            client.create_workspace(workspace)
        for program in {(program.workspace, program.resource): program for program in chosen}.values():
            if program.language == "mapping":
                name, workspace = program.workload, program.workspace
                content = orjson.dumps({"type": name, "settings": written(client, name, workspace)}).decode()
                client.push_definition(workspace, "destinations", name, content)
                client.push_definition(workspace, "pipelines", name, f"destination: {name}")
            elif program.workload_of is not None:
                _publish(client, program, program.workload_of)


def _publish(client: Client, program: Program, workload: Workload) -> None:
    workspace, name = program.workspace, workload.name
    options: dict[str, Any] = {} if program.language == "python" else {"engine": program.language}
    if name == "enrichment":
        client.push_table(workspace, "plans", table_rows(), "id")
        options["capabilities"] = Capabilities(tables=("plans",))
    client.create_transformation(workspace, name)
    source = base64.b64decode(workload.source) if program.language == "wasm" else workload.source
    version = client.create_version(workspace, name, source, **options)
    client.activate_version(workspace, name, version.number)


def table_rows() -> list[dict[str, Any]]:
    """What enrichment looks into."""
    return [{"id": f"plan-{at}", "name": f"Plan {at}", "price": at / 7, "tier": at % 5} for at in range(TABLE_ROWS)]


def plain_floor(program: Program) -> float:
    """In plain Python."""
    assert program.workload_of is not None
    return work_cpu(program.workload_of.plain(), program.events[:FLOOR_EVENTS])


def node_floor(program: Program) -> float:
    """In Node; where that is not installed, in the engine by itself."""
    assert program.workload_of is not None
    found = node_cpu(program.workload_of, program.events[:FLOOR_EVENTS], 0.15)
    if found is not None:
        return found
    loaded = _engine("javascript").load(program.workload_of.source, program.workload, Host())
    return work_cpu(loaded.call, program.events[:FLOOR_EVENTS])


def wasm_floor(program: Program) -> float:
    """In the engine by itself, a fresh instance for the batch included."""
    assert program.workload_of is not None
    events = list(program.events[:FLOOR_EVENTS])
    loaded = _loaded(program.workload_of.source)
    return cpu_of(lambda: loaded.many(events, bytes), rounds=1) / len(events) * 1e6


def pii_floor(program: Program) -> float:
    """The loaded step in this process."""
    return work_cpu(_pii(), program.events[:FLOOR_EVENTS])


def lookup_floor(program: Program) -> float:
    """In plain Python, with the table as a dict."""
    return work_cpu(_lookup(), program.events[:FLOOR_EVENTS])


def mapping_floor(program: Program) -> float:
    """The compiled mapping in this process, with every output encoded."""
    mapped = mapping(program.workload)
    events = program.events[:FLOOR_EVENTS]

    def run() -> None:
        for event in events:
            for made in mapped(orjson.loads(event)):
                orjson.dumps(made)

    return cpu_of(run, rounds=1) / len(events) * 1e6


@cache
def _engine(name: str) -> Any:
    if name == "python":
        natives.open_all()
    return import_module(ENGINES[name].module).open_engine()


@cache
def _loaded(source: str) -> Any:
    return _engine("wasm").load(source, "floor", Host())


@cache
def _pii() -> Callable[[Any, Any], Any]:
    transform = shelf.find("library/pii/v1")
    assert transform is not None
    step = transform_step(transform, filled(transform, {}), "python")
    return _engine("python").load(step.source, "floor", Host(libraries=step.libraries)).call


@cache
def _lookup() -> Callable[[Any, Any], Any]:
    rows = {row["id"]: row for row in table_rows()}
    scope: dict[str, Any] = {"lookup": lambda _table, key: dict(rows[key])}
    exec(compile(ENRICHMENT, "enrichment.py", "exec"), scope)  # our own source, from this file
    return scope["transformEvent"]


def of(found: Sequence[Program], workload: str, language: str) -> Program:
    """The program of that name in that language."""
    return next(each for each in found if (each.workload, each.language) == (workload, language))


def sized(program: Program, events: Sequence[bytes], workload: str) -> Program:
    """The same with other events, under another name."""
    return replace(program, events=tuple(events), workload=workload)
