"""Where the server listens, and what has to be there before it listens beyond this machine: TLS, and callers that are known."""

from __future__ import annotations

import socket
from typing import Final

import grpc

from transformer.addresses import host_and_port, is_loopback
from transformer.observe import Logger
from transformer.settings import Settings, SettingsError

__all__ = ["address_of", "asks_tls", "bind", "listen", "warn_of_strangers"]

_MISSING: Final = {"tls_certificate": "tls_certificate and tls_key", "authentication": "authentication = keys"}


def address_of(setting: str, settings: Settings, usual: str) -> tuple[str, int]:
    """Host and port that a setting says, for example `usual`.

    Raises:
        SettingsError: it says none, or strangers could reach the server there.
    """
    said: str = getattr(settings, setting)
    try:
        host, port = host_and_port(said)
    except ValueError as wrong:
        raise SettingsError(f"{setting}: {wrong}, for example {usual}") from None
    missing = _missing(settings)
    if missing and not is_loopback(host) and not settings.insecure:
        told = " and ".join(_MISSING[one] for one in missing)
        raise SettingsError(f"{setting}: {said} can be reached from other machines; set {told}, or say --insecure")
    return host, port


def asks_tls(settings: Settings) -> bool:
    """Whether TLS is to be spoken, as far as files are named for it."""
    return bool(settings.tls_certificate or settings.tls_key or settings.tls_client_ca)


def warn_of_strangers(settings: Settings, log: Logger, host: str, port: int) -> None:
    """Say in the log that strangers can reach this address, where they can and it was asked for."""
    missing = _missing(settings)
    if missing and not is_loopback(host):
        tls, asked = "tls_certificate" not in missing, "authentication" not in missing
        log.warning("listening beyond this machine, insecurely", address=f"{host}:{port}", tls=tls, authentication=asked)


def bind(host: str, port: int) -> socket.socket:
    """A socket at an address. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a server that has just ended is free
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def listen(server: grpc.aio.Server, settings: Settings, log: Logger) -> str:
    """Bind the server. Returns host:port with the port that was taken; connections are accepted once the server starts.

    Raises:
        SettingsError: as `address_of`; the address cannot be bound, the TLS files cannot be used, or a setting has no effect
            beside the others.
    """
    if settings.jwks and settings.authentication == "none":
        raise SettingsError("jwks: nobody is asked for a JWT while authentication is none; set authentication = keys")
    host, port = address_of("listen", settings, "127.0.0.1:50051")
    certificates = None
    if asks_tls(settings):
        from transformer.service.tls import Certificates  # who has none starts without what reads them

        certificates = Certificates(settings, log)
    try:
        if certificates is None:
            bound = server.add_insecure_port(settings.listen)
        else:
            bound = server.add_secure_port(settings.listen, certificates.credentials)
    except RuntimeError:
        bound = 0
    if not bound:
        raise SettingsError(f"listen: {settings.listen} cannot be bound: {_reason(host, port)}")
    warn_of_strangers(settings, log, host, bound)
    return f"{host}:{bound}"


def _missing(settings: Settings) -> list[str]:
    """What has to be set before strangers may reach the server, and is not."""
    return [name for name in _MISSING if getattr(settings, name) in {"", "none"}]


def _reason(host: str, port: int) -> str:
    try:
        bind(host, port).close()
    except OSError as wrong:
        return (wrong.strerror or "the address is not one of this machine").lower()
    return "the system gave no reason"
