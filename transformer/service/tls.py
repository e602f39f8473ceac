"""Certificates from files that are read again when they change: who renews them need not restart the server.

gRPC asks for every new connection whether there is something newer. Files are looked at then; what was read is checked as a
whole before it is used, because a certificate and its key are rarely replaced in one moment. What cannot be used changes
nothing: the old certificate goes on serving, and the log says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from transformer.observe import Logger
from transformer.settings import Settings, SettingsError

__all__ = ["Certificates"]

_NAMES: Final = ("tls_certificate", "tls_key", "tls_client_ca")


class Certificates:
    """The TLS files of the settings; `credentials` are what gRPC serves with.

    Raises:
        SettingsError: a file cannot be read or is not what it should be, or a setting is there without its counterpart.
    """

    def __init__(self, settings: Settings, log: Logger) -> None:
        self._paths = {name: Path(path) for name in _NAMES if (path := getattr(settings, name))}
        for name, needed in (
            ("tls_certificate", "tls_key"),
            ("tls_key", "tls_certificate"),
            ("tls_client_ca", "tls_certificate"),
        ):
            if name in self._paths and needed not in self._paths:
                raise SettingsError(f"{name}: needs {needed} beside it")
        self._log = log
        self._seen: object = self._stamp()
        self._current = _configured(self._paths, log)
        # gRPC calls `_newer` from its own thread, once for every connection that is being opened.
        self.credentials = grpc.dynamic_ssl_server_credentials(
            self._current, self._newer, require_client_authentication="tls_client_ca" in self._paths
        )

    def _newer(self) -> Any:
        """What to serve the next connection with; None for the same as before. Never raises."""
        seen = self._stamp()
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            self._current = _configured(self._paths, self._log)
        except SettingsError as wrong:
            self._log.error("tls files changed and cannot be used; the old ones go on serving", reason=str(wrong))
            return None
        return self._current

    def _stamp(self) -> list[object]:
        return [_stamp(path) for path in self._paths.values()]


def _stamp(path: Path) -> object:
    try:
        told = path.stat()
    except OSError as wrong:
        return wrong.errno
    return told.st_mtime_ns, told.st_size, told.st_ino


def _configured(paths: Mapping[str, Path], log: Logger) -> Any:
    texts = {name: _text(name, path) for name, path in paths.items()}
    chain = _certificates("tls_certificate", texts["tls_certificate"])
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        ours = load_pem_private_key(texts["tls_key"], None).public_key().public_bytes(*form)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        raise SettingsError("tls_key: is no private key in PEM without a password") from None
    try:
        certified = chain[0].public_key().public_bytes(*form)
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError("tls_certificate: is for a kind of key that is not known here") from None
    if ours != certified:
        raise SettingsError("tls_key: is not the key of the first certificate in tls_certificate")
    until = chain[0].not_valid_after_utc
    write = log.info if until > datetime.now(UTC) else log.warning
    write("tls certificate read", until=until.isoformat(), serial=f"{chain[0].serial_number:x}")
    roots = texts.get("tls_client_ca")
    if roots is not None:
        _certificates("tls_client_ca", roots)
    return grpc.ssl_server_certificate_configuration([(texts["tls_key"], texts["tls_certificate"])], root_certificates=roots)


def _text(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise SettingsError(f"{name}: {path}: {(wrong.strerror or 'cannot be read').lower()}") from None


def _certificates(name: str, text: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        raise SettingsError(f"{name}: holds no certificate in PEM") from None
