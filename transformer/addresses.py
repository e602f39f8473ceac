"""Addresses as people write them: host:port, and whether only this machine can reach a host."""

from __future__ import annotations

import ipaddress
from typing import Final

__all__ = ["host_and_port", "is_loopback"]

_MAX_PORT: Final = 65535


def host_and_port(text: str) -> tuple[str, int]:
    """Both, the host as it is written, an IPv6 one in its brackets. Raises ValueError, saying what is wrong."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) <= _MAX_PORT):
        raise ValueError(f"{text!r} is not host:port")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it; brackets do not matter. A name is believed only if it is localhost."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"
