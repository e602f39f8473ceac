"""Asks a gateway as data planes do, and the settings of a server that has one."""

import io
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.migrated import registry_file
from transformer.settings import Settings


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Plane:
    """Asks a gateway as data planes do: one connection for each request."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        """`body` is bytes, or anything of JSON."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json; charset=utf-8", **headers}
        connector = aiohttp.TCPConnector(force_close=True)
        async with (
            aiohttp.ClientSession(connector=connector, auto_decompress=True) as session,
            session.request(
                method, self.url + path, data=data and io.BytesIO(data), headers=sent, allow_redirects=False
            ) as answer,
        ):
            return Answered(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    async def post(self, path: str, body: Any, **headers: str) -> Answered:
        return await self.ask("POST", path, body, **headers)


def settings_of(folder, **changes):
    usual = {
        "listen": "127.0.0.1:0",
        "gateway_listen": "127.0.0.1:0",
        "database_url": registry_file(folder),
        "event_seconds": 0.5,
        "spare_workers": 0,
    }
    return Settings(**(usual | changes))
