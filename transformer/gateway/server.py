"""Where the gateway listens: a socket and a uvicorn server of its own, in the event loop that gRPC is served in."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from transformer.addresses import host_and_port, is_loopback
from transformer.settings import Settings, SettingsError

if TYPE_CHECKING:
    from transformer.gateway.code.sources import CodeSource
    from transformer.gateway.endpoints.passing import PassesOn
    from transformer.service.beside import OpensDoor, Parts

__all__ = ["Gateway", "check_settings", "open_gateway"]

_NEEDS: Final = ("starlette", "uvicorn", "httptools", "msgspec")
_LOADED: Final = ("uvicorn.protocols.http.httptools_impl", "transformer.gateway.app", "transformer.gateway.routes")
_BACKLOG: Final = 2048
_STARTED_SECONDS: Final = 0.005
_ENDING_SECONDS: Final = 2
_LOOK_SECONDS: Final = 1.0
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
    check_settings(settings)
    return (Gateway,)


def check_settings(settings: Settings) -> None:
    """Raises SettingsError: the address is none, or strangers could reach the gateway."""
    host, _ = _address(settings)
    missing = []
    if not settings.tls_certificate:
        missing.append("tls_certificate and tls_key")
    if settings.authentication == "none":
        missing.append("authentication = keys")
    if missing and not is_loopback(host) and not settings.insecure:
        raise SettingsError(
            f"gateway_listen: {settings.gateway_listen} can be reached from other machines; set {' and '.join(missing)}, "
            "or say --insecure"
        )


class Gateway:
    """A `Door`: HTTP on an address of its own."""

    def __init__(self, parts: Parts) -> None:
        self.address = ""
        self._parts = parts
        self._server: Any = None
        self._serving: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
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
        from transformer.gateway.endpoints.passing import PassesOn
        from transformer.gateway.routes import Probes, routes

        settings = self._parts.settings
        check_settings(settings)
        self._passes_on = PassesOn(settings)
        self._source = open_source(settings, self._parts.planner, self._parts.log)
        await self._source.start()
        listening = _bound(settings)
        host, port = listening.getsockname()[:2]
        self._probes = Probes()
        config = uvicorn.Config(
            application(self._parts, routes(self._parts, self._probes, self._source, self._passes_on)),
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_ENDING_SECONDS,
            ssl_certfile=settings.tls_certificate or None,
            ssl_keyfile=settings.tls_key or None,
            ssl_ca_certs=settings.tls_client_ca or None,
            ssl_cert_reqs=2 if settings.tls_client_ca else 0,
        )
        self._server = _server_class()(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise SettingsError(f"gateway_listen: {settings.gateway_listen} cannot be served")
            await asyncio.sleep(_STARTED_SECONDS)
        self.address = f"{f'[{host}]' if ':' in host else host}:{port}"
        if config.ssl is not None:
            self._watching = asyncio.create_task(self._renew(config.ssl, settings))

    def draining(self) -> None:
        """See `Door.draining`."""
        if self._probes is not None:
            self._probes.ready = False

    async def stop(self) -> None:
        """See `Door.stop`."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        serving, self._serving = self._serving, None
        if serving is not None:
            self._server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)
        source, self._source = self._source, None
        if source is not None:
            await source.close()
        if self._passes_on is not None:
            await self._passes_on.close()

    async def _renew(self, context: Any, settings: Settings) -> None:
        """Read the certificate again when its files change; new connections get it."""
        paths = [Path(settings.tls_certificate), Path(settings.tls_key)]
        seen = _stamps(paths)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if (now := _stamps(paths)) != seen:
                seen = now
                try:
                    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
                except OSError as wrong:  # an SSLError is one
                    reason = type(wrong).__name__
                    self._parts.log.warning("tls files changed and cannot be used by the gateway", reason=reason)


def _stamps(paths: list[Path]) -> list[object]:
    told: list[object] = []
    for path in paths:
        try:
            found = path.stat()
        except OSError as wrong:
            told.append(wrong.errno)
        else:
            told.append((found.st_mtime_ns, found.st_size, found.st_ino))
    return told


def _address(settings: Settings) -> tuple[str, int]:
    try:
        return host_and_port(settings.gateway_listen)
    except ValueError as wrong:
        raise SettingsError(f"gateway_listen: {wrong}, for example 127.0.0.1:9090") from None


def _bound(settings: Settings) -> socket.socket:
    host, port = _address(settings)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a server that has just ended is free
        try:
            bound.bind(address)
            bound.listen(_BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as wrong:
        reason = (wrong.strerror or "no reason").lower()
        raise SettingsError(f"gateway_listen: {settings.gateway_listen} cannot be bound: {reason}") from None
    bound.setblocking(False)
    return bound


def _server_class() -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to whoever runs the process."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Nothing is captured."""
            yield

    return Server
