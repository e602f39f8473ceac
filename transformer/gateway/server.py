"""Where the gateway listens: a socket and a uvicorn server of its own, in the event loop that gRPC is served in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from transformer.settings import Settings, SettingsError

if TYPE_CHECKING:
    from transformer.gateway.code.sources import CodeSource
    from transformer.gateway.endpoints.passing import PassesOn
    from transformer.service.beside import OpensDoor, Parts

__all__ = ["Gateway", "open_gateway"]

_NEEDS: Final = ("starlette", "uvicorn", "httptools", "msgspec")
_LOADED: Final = ("transformer.gateway.connections", "transformer.gateway.app", "transformer.gateway.routes")
_BACKLOG: Final = 2048
_STARTED_SECONDS: Final = 0.005
_ENDING_SECONDS: Final = 2
_IDLE_SECONDS: Final = 75


def open_gateway(settings: Settings) -> Sequence[OpensDoor]:
    """The door that the settings ask for, or none.

    Raises:
        SettingsError: strangers could reach it, or what it needs is not installed.
    """
    if not settings.gateway_listen:
        return ()
    if not all(find_spec(name) for name in _NEEDS):
        raise SettingsError("gateway_listen: the gateway is not installed here: install transformer[gateway]")
    _address(settings)
    return (Gateway,)


class Gateway:
    """A `Door`: HTTP on an address of its own."""

    def __init__(self, parts: Parts) -> None:
        self.address = ""
        self._parts = parts
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._probes: Any = None
        self._source: CodeSource | None = None
        self._passes_on: PassesOn | None = None

    def prepare(self) -> None:
        """See `Door.prepare`."""
        for name in _LOADED:
            import_module(name)

    async def start(self) -> None:
        """See `Door.start`."""
        import uvicorn

        from transformer.gateway.app import application
        from transformer.gateway.code.opening import open_source
        from transformer.gateway.connections import Connection
        from transformer.gateway.endpoints.passing import PassesOn
        from transformer.gateway.routes import Probes, routes
        from transformer.service.listening import asks_tls, warn_of_strangers

        settings = self._parts.settings
        self._passes_on = PassesOn(settings)
        self._source = open_source(settings, self._parts.planner, self._parts.log)
        self._parts.metrics.ask(self._source.numbers)
        await self._source.start()
        listening = _bound(settings)
        host, port = listening.getsockname()[:2]
        self._probes = Probes()
        config = uvicorn.Config(
            application(self._parts, routes(self._parts, self._probes, self._source, self._passes_on)),
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_ENDING_SECONDS,
        )
        config.load()
        if asks_tls(settings):
            from transformer.gateway.tls import open_context  # a gateway without TLS starts without its libraries

            config.ssl = open_context(settings, self._parts.log)
        self._server = _server_class()(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise SettingsError(f"gateway_listen: {settings.gateway_listen} cannot be served")
            await asyncio.sleep(_STARTED_SECONDS)
        host = f"[{host}]" if ":" in host else host
        self.address = f"{host}:{port}"
        warn_of_strangers(settings, self._parts.log, host, port)

    def draining(self) -> None:
        """See `Door.draining`."""
        if self._probes is not None:
            self._probes.ready = False

    async def stop(self) -> None:
        """See `Door.stop`."""
        serving, self._serving = self._serving, None
        if serving is not None:
            self._server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
        source, self._source = self._source, None
        if source is not None:
            await source.close()
        if self._passes_on is not None:
            await self._passes_on.close()


def _bound(settings: Settings) -> socket.socket:
    from transformer.service.listening import bind

    host, port = _address(settings)
    try:
        bound = bind(host, port)
        bound.listen(_BACKLOG)
    except OSError as wrong:
        reason = (wrong.strerror or "no reason").lower()
        raise SettingsError(f"gateway_listen: {settings.gateway_listen} cannot be bound: {reason}") from None
    bound.setblocking(False)
    return bound


def _address(settings: Settings) -> tuple[str, int]:
    from transformer.service.listening import address_of

    return address_of("gateway_listen", settings, "127.0.0.1:9090")


def _server_class() -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to whoever runs the process."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Nothing is captured."""
            yield

    return Server
