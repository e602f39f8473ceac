"""Where the server listens, and what has to be there before it listens beyond this machine: TLS, and callers that are known."""

from __future__ import annotations

import socket

import grpc

from transformer.addresses import host_and_port, is_loopback
from transformer.observe import Logger
from transformer.settings import Settings, SettingsError

__all__ = ["check_settings", "listen"]


def check_settings(settings: Settings) -> None:
    """Raises SettingsError: strangers could reach the server, or a setting has no effect beside the others."""
    if settings.jwks and settings.authentication == "none":
        raise SettingsError("jwks: nobody is asked for a JWT while authentication is none; set authentication = keys")
    host, _ = _address(settings)
    missing = []
    if not settings.tls_certificate:
        missing.append("tls_certificate and tls_key")
    if settings.authentication == "none":
        missing.append("authentication = keys")
    if missing and not is_loopback(host) and not settings.insecure:
        raise SettingsError(
            f"listen: {settings.listen} can be reached from other machines; set {' and '.join(missing)}, or say --insecure"
        )


def listen(server: grpc.aio.Server, settings: Settings, log: Logger) -> str:
    """Bind the server. Returns host:port with the port that was taken; connections are accepted once the server starts.

    Raises:
        SettingsError: the address cannot be bound, the TLS files cannot be used, or `check_settings`.
    """
    check_settings(settings)
    host, port = _address(settings)
    certificates = None
    if settings.tls_certificate or settings.tls_key or settings.tls_client_ca:
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
    if not is_loopback(host) and settings.insecure:
        tls, asked = certificates is not None, settings.authentication != "none"
        if not (tls and asked):
            log.warning("listening beyond this machine, insecurely", address=f"{host}:{bound}", tls=tls, authentication=asked)
    return f"{host}:{bound}"


def _address(settings: Settings) -> tuple[str, int]:
    try:
        return host_and_port(settings.listen)
    except ValueError as wrong:
        raise SettingsError(f"listen: {wrong}, for example 127.0.0.1:50051") from None


def _reason(host: str, port: int) -> str:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
    except OSError as wrong:
        return (wrong.strerror or "the address is not one of this machine").lower()
    return "the system gave no reason"
