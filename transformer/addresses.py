"""Addresses as people write them: host:port, where a service speaks HTTP, and whether only this machine can reach a host."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yarl import URL

__all__ = ["host_and_port", "http_base", "is_loopback"]

_MAX_PORT: Final = 65535


def host_and_port(text: str) -> tuple[str, int]:
    """Both, the host as it is written, an IPv6 one in its brackets. Raises ValueError, saying what is wrong."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) <= _MAX_PORT):
        raise ValueError(f"{text!r} is not host:port")
    return host, int(port)


def http_base(text: str) -> URL:
    """What the addresses of a service begin with; a user may be in it. Raises ValueError, saying what to write."""
    from yarl import URL  # who names no service needs no such library

    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment:
        raise ValueError("write http://HOST or https://HOST, with a path at most")
    return url


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it; brackets do not matter. A name is believed only if it is localhost."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"
