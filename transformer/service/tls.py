"""Certificates from files that are read again when they change: who renews them need not restart the server.

Whoever serves asks for every new connection whether there is something newer. Files are looked at then; what was read is
checked as a whole before it is used, because a certificate and its key are rarely replaced in one moment. What cannot be used
changes nothing: the old certificate goes on serving, and the log says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import grpc
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from transformer.observe import Logger
from transformer.settings import Settings, SettingsError

__all__ = ["Certificates", "Files"]

Made = TypeVar("Made")
_NAMES: Final = ("tls_certificate", "tls_key", "tls_client_ca")


class Files(Generic[Made]):
    """The TLS files of the settings, and what is `made` of them.

    Args:
        settings: they name the files.
        log: is told what was read, and what cannot be used.
        make: makes something of the texts of the files, by their settings; a SettingsError says that it cannot.

    Raises:
        SettingsError: a file cannot be read or is not what it should be, or a setting is there without its counterpart.
    """

    def __init__(self, settings: Settings, log: Logger, make: Callable[[Mapping[str, bytes]], Made]) -> None:
        self._paths = {name: Path(path) for name in _NAMES if (path := getattr(settings, name))}
        for name, needed in (
            ("tls_certificate", "tls_key"),
            ("tls_key", "tls_certificate"),
            ("tls_client_ca", "tls_certificate"),
        ):
            if name in self._paths and needed not in self._paths:
                raise SettingsError(f"{name}: needs {needed} beside it")
        self._log = log
        self._make = make
        self._seen: object = self._stamp()
        self.made = make(_read(self._paths, log))

    def newer(self) -> Made | None:
        """What to serve the next connection with; None for the same as before. Never raises."""
        seen = self._stamp()
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            self.made = self._make(_read(self._paths, self._log))
        except SettingsError as wrong:
            self._log.error("tls files changed and cannot be used; the old ones go on serving", reason=str(wrong))
            return None
        return self.made

    def _stamp(self) -> list[object]:
        return [_stamp(path) for path in self._paths.values()]


class Certificates:
    """What gRPC serves with: its `credentials`. Raises SettingsError, as `Files`."""

    def __init__(self, settings: Settings, log: Logger) -> None:
        files: Files[Any] = Files(settings, log, _configured)
        # gRPC calls `newer` from its own thread, once for every connection that is being opened.
        self.credentials = grpc.dynamic_ssl_server_credentials(
            files.made,
            files.newer,  # type: ignore[arg-type]  # None is for what is as it was, whatever the stubs say
            require_client_authentication=bool(settings.tls_client_ca),
        )


def _configured(texts: Mapping[str, bytes]) -> Any:
    chain = [(texts["tls_key"], texts["tls_certificate"])]
    return grpc.ssl_server_certificate_configuration(chain, root_certificates=texts.get("tls_client_ca"))


def _stamp(path: Path) -> object:
    try:
        told = path.stat()
    except OSError as wrong:
        return wrong.errno
    return told.st_mtime_ns, told.st_size, told.st_ino


def _read(paths: Mapping[str, Path], log: Logger) -> dict[str, bytes]:
    """The texts of the files, which fit each other."""
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
    if "tls_client_ca" in texts:
        _certificates("tls_client_ca", texts["tls_client_ca"])
    return texts


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
