"""What a client shows a server, and how it makes sure of it: an API key or a JWT, and TLS.

Credentials are sent to other machines over TLS only, unless the caller insists: whoever listens on the way could use them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

import grpc

from transformer.addresses import is_loopback
from transformer.client.address import target
from transformer.errors import CallerError, Code

__all__ = ["Tls", "check_key", "metadata", "open_channel"]

_KEY: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what RFC 6750 lets a bearer token hold
_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_HERE: Final = re.compile(r"(?:ipv[46]:(?://)?|dns:(?:///)?)?(.*):\d+")


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS, as PEM text in bytes.

    ca            the certificates to trust; None for those of this system
    certificate   a chain to show the server, for mutual TLS, with its `key`
    """

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)


def metadata(actor: str, api_key: str) -> tuple[tuple[str, str], ...]:
    """Who is calling, as sent with every call. Raises CallerError, quoting no key, where it cannot be sent."""
    caller = (("x-actor", actor),) if actor else ()
    if not (actor.isascii() and actor.isprintable()):
        raise CallerError(Code.BAD_REQUEST, "the actor may hold printable ASCII characters only")
    if not api_key:
        return caller
    if not _KEY.fullmatch(api_key):
        # gRPC would refuse it too, and quote it.
        raise CallerError(Code.BAD_REQUEST, "the API key holds characters that no API key and no JWT has")
    return (*caller, ("authorization", f"Bearer {api_key}"))


def check_key(server: str, api_key: str, tls: Tls | None, *, insecure: bool) -> None:
    """Raises CallerError: the key would go to another machine where everybody on the way can read it."""
    if api_key and tls is None and not insecure and not all(map(_is_here, server.split(","))):
        raise CallerError(
            Code.BAD_REQUEST,
            f"an API key goes to {server} over TLS only; say how (server_tls or server_ca), or that it may be read (insecure)",
        )


def open_channel(library: ModuleType, server: str, tls: Tls | None) -> Any:
    """A channel of `grpc` or `grpc.aio` to the server. Raises CallerError as `target`, or where `tls` is no PEM."""
    address, options = target(server)
    if tls is None:
        return library.insecure_channel(address, options=options)
    if tls.ca is not None and _CERTIFICATE not in tls.ca:
        raise CallerError(Code.BAD_REQUEST, "what is to be trusted (server_ca) holds no PEM certificate")
    if (tls.certificate is None) != (tls.key is None):
        raise CallerError(Code.BAD_REQUEST, "a client's certificate and its key belong together; one is missing")
    trusted = grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate)
    return library.secure_channel(address, trusted, options=options)


def _is_here(server: str) -> bool:
    found = _HERE.fullmatch(server.strip())
    if found is None:
        return server.startswith("unix:")
    return is_loopback(found[1])
