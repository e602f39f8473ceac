"""GET /metrics, over HTTP, for Prometheus: the client library's own application in a small server of threads.

It gives away names of workspaces and transformations, to whoever can connect and without asking who that is. So it listens on
this machine only, unless `metrics_public` says otherwise. A peer that is slow or says nothing is cut off, and no more than a
few are served at once.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import TCPServer, ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

from transformer.addresses import host_and_port, is_loopback
from transformer.settings import SettingsError

__all__ = ["PATH", "Endpoint"]

PATH: Final = "/metrics"
_PEERS: Final = 8
_PEER_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.1


class Endpoint:
    """Listens from its making until `close`. `address` is host:port."""

    def __init__(self, listen: str, registry: CollectorRegistry, *, public: bool = False) -> None:
        """Bind and serve.

        Raises:
            SettingsError: the address is not host:port, cannot be bound, or is not this machine's own without `public`.
        """
        try:
            host, port = host_and_port(listen)
        except ValueError as wrong:
            raise SettingsError(f"metrics_listen: {wrong}, for example 127.0.0.1:9464") from None
        if not public and not is_loopback(host):
            raise SettingsError(
                f"metrics_listen: {listen} can be reached from other machines, and asks nobody who they are; "
                "listen on 127.0.0.1, or say metrics_public"
            )
        try:
            self._server = _Server(host.strip("[]"), port, make_wsgi_app(registry))
        except OSError as wrong:
            raise SettingsError(
                f"metrics_listen: {listen} cannot be bound: {(wrong.strerror or 'no reason').lower()}"
            ) from None
        self.address = f"{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more. Blocks for a moment; what is being answered is cut off with the process. Idempotent."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(WSGIRequestHandler):
    timeout = _PEER_SECONDS  # for each read and write

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is the library's
        """Nothing: a scrape is not news."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, application: Callable[..., Iterable[bytes]]) -> None:
        self._places = threading.BoundedSemaphore(_PEERS)
        self.address_family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        super().__init__(address[:2], _Handler)  # type: ignore[arg-type]  # a str where the family has names
        self.set_app(_only_metrics(application))

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # not HTTPServer's, which asks the name service who this machine is
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a peer that went away is not news, and a stack on standard error is no log line."""


def _only_metrics(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            return start_response(status, [*headers, ("Server", "transformer")])  # else it names versions of Python

        if environ["PATH_INFO"] == PATH:
            return application(environ, start)
        start("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"There is /metrics, and nothing else.\n"]

    return answer
