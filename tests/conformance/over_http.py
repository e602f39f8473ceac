"""Vectors of destinations and warehouses over HTTP, as a data plane would send them: what is answered must be the same.

A clock cannot be sent along: vectors that need one are held against the mappers in process only, see `run`.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.conformance import run
from tests.conformance.vectors import Vector, difference
from tests.gateway.plane import Plane, settings_of
from transformer.gateway import open_gateway
from transformer.service import Server


@dataclass(frozen=True)
class Asked:
    path: str
    body: object
    headers: dict[str, str]


def asked(vector: Vector) -> Asked:
    """The request that a vector stands for."""
    headers = {**vector.headers, **{f"X-Feature-{name}": "?1" for name in vector.features}}
    if vector.feature == "router":
        return Asked("/routerTransform", vector.input, headers)
    path = f"/v0/destinations/{vector.destination}"
    if vector.feature == "processor":
        return Asked(path, vector.input, headers)
    item = {key: value for key, value in vector.input.items() if key in {"message", "metadata", "destination"}}
    query = vector.input["request"]["query"]
    return Asked(path + (f"?{urlencode(query)}" if query else ""), [item], headers)


def said(vector: Vector, body: object) -> object:
    """What was answered, in the shape in which vectors say it."""
    if vector.feature != "warehouse":
        return body
    if len(body) == 1 and "error" in body[0]:
        return {"error": [body[0]["error"], body[0]["statusCode"]]}
    return {"output": [{key: value for key, value in reply["output"].items() if key != "userId"} for reply in body]}


@contextmanager
def over_http() -> Iterator[Callable[[Vector], str]]:
    """What tells the first difference of a vector, asked of a server of its own; in process where it needs a clock."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        settings = settings_of(Path(folder), log_level="error", event_seconds=10.0)  # whatever else this machine does
        server = Server(settings, doors=open_gateway(settings))
        runner.run(server.start())
        try:
            plane = Plane(server.doors[0].address)
            yield lambda vector: run.first_difference(vector) if vector.timed else runner.run(first_difference(vector, plane))
        finally:
            runner.run(server.stop())


async def first_difference(vector: Vector, plane: Plane) -> str:
    """ "" where the gateway answers as expected, else the first difference."""
    request = asked(vector)
    answer = await plane.post(request.path, request.body, **request.headers)
    if answer.status != vector.status:
        return f"status {answer.status}; expected {vector.status}"
    if answer.headers.get("apiversion") != "2":
        return "without its apiVersion, a processor stops"
    return difference(vector.body, said(vector, answer.json))
