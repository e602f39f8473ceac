"""Why a service was not reached over HTTP, in words for whoever runs this one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import aiohttp

__all__ = ["why_unreached"]

_WHY: Final[Mapping[type[BaseException], str]] = MappingProxyType(
    {
        TimeoutError: "is too slow to answer",
        aiohttp.ClientConnectorCertificateError: "shows a certificate that is not trusted here (SSL_CERT_FILE may name its CA)",
        aiohttp.ClientConnectorSSLError: "does not talk TLS as it should",
        aiohttp.ClientConnectorDNSError: "has a name that nobody knows",
    }
)


def why_unreached(wrong: BaseException) -> str:
    """What a service does, or what it has, that keeps us from it; without the library's words, which quote addresses."""
    return next((why for kind, why in _WHY.items() if isinstance(wrong, kind)), "cannot be reached")
