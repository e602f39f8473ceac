"""`transformer serve`: the service, until it is told to end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from transformer.cli.exits import Exit
from transformer.cli.loading import loading
from transformer.cli.spec import EVERY_SETTING, CommandSpec
from transformer.cli.talk import say
from transformer.errors import Code, PlatformError
from transformer.settings import Settings

__all__ = ["LISTENING", "SERVE"]

LISTENING = "listening on "
"""What stands before the address in the line on stdout that says that requests are served."""


def serve(*, settings: Settings) -> Exit:
    """Serve batches and the registry over gRPC, and where --gateway-listen says so over HTTP, until SIGTERM or Ctrl-C.

    Prints `listening on HOST:PORT` once requests are served, then `gateway on http://HOST:PORT` (https with TLS); log lines go
    to stderr. On the first signal, new calls are refused as retryable and running batches may finish within --drain-seconds; a
    second signal ends them. Exit code 1 says that some were cut short.
    """
    if settings.profile == "development":
        say("profile development: workers are confined only as far as this system can; not for production", "yellow")
    with loading():
        from transformer.pool import begin_zygote  # the other commands start without the service's libraries
        from transformer.process import ask_for_short_slices, keep_large_blocks, read_where_it_waits, write_no_core

    write_no_core()
    keep_large_blocks()
    ask_for_short_slices()  # children inherit it
    read_where_it_waits()
    zygote = begin_zygote(settings)  # it starts beside what is loaded here
    try:
        with loading(keep=True):
            from transformer.gateway import open_gateway
            from transformer.service import run

        return Exit(run(settings, ready=partial(_ready, settings), doors=open_gateway(settings), zygote=zygote))
    except PlatformError as error:
        if error.code is not Code.REGISTRY_UNAVAILABLE:
            raise
        from transformer.cli.settings import shown  # a server that starts does without

        where = f"{error.message} It is {shown(settings.database_url)} (database_url)."
        raise PlatformError(error.code, where) from error
    finally:
        zygote.abandon()


def _ready(settings: Settings, addresses: Sequence[str]) -> None:
    grpc, *others = addresses
    scheme = "https" if settings.tls_certificate else "http"
    sys.stdout.write(f"{LISTENING}{grpc}\n")
    for address in others:
        sys.stdout.write(f"gateway on {scheme}://{address}\n")
    sys.stdout.flush()


SERVE = CommandSpec(
    name="serve",
    run=serve,
    settings=EVERY_SETTING,
    examples=(
        "transformer serve",
        "transformer serve --listen 127.0.0.1:0 --database-url sqlite:////var/lib/transformer/registry.db",
    ),
)
