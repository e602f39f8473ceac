"""TLS of the gateway: a new connection gets the certificate, and is held against the CA, that are in the files by then."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from transformer.observe import Logger
from transformer.service.tls import Files
from transformer.settings import Settings, SettingsError

__all__ = ["open_context"]


def open_context(settings: Settings, log: Logger) -> ssl.SSLContext:
    """A context that serves with what the files of the settings say, also after they change. Raises SettingsError."""

    def make(texts: Mapping[str, bytes]) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(settings.tls_certificate, settings.tls_key)
        except OSError as wrong:  # an SSLError is one: replaced since it was read
            raise SettingsError(f"tls_certificate: {type(wrong).__name__}") from None
        if roots := texts.get("tls_client_ca"):
            context.load_verify_locations(cadata=roots.decode("ascii", "ignore"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    files = Files(settings, log, make)
    first = files.made

    def choose(connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        files.newer()
        connection.context = files.made

    first.sni_callback = choose  # called for connections that name no host, too
    return first
