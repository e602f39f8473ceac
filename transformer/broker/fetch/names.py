"""What operators say of names: which need no name server, and which servers are asked about the others."""

from __future__ import annotations

import ipaddress

__all__ = ["parse_overrides", "parse_servers"]


def parse_overrides(text: str) -> dict[str, str]:
    """NAME=ADDRESS, with commas between. Raises ValueError that names the one that is wrong."""
    found = {}
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, equals, address = part.partition("=")
        try:
            found[name.strip().lower().rstrip(".")] = str(ipaddress.ip_address(address.strip() if equals else ""))
        except ValueError:
            raise ValueError(f"{part!r}: write NAME=ADDRESS, as in api.example.com=192.0.2.7") from None
    return found


def parse_servers(text: str) -> tuple[str, ...]:
    """Addresses, each with or without a port, with commas between. Raises ValueError that names the one that is wrong."""
    servers = tuple(part.strip() for part in text.split(",") if part.strip())
    for server in servers:
        host, colon, port = server.rpartition(":")
        bare = (
            host.strip("[]")
            if colon and port.isdecimal() and (server.startswith("[") or ":" not in host)
            else server.strip("[]")
        )
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            raise ValueError(f"{server!r} is no address of a name server; write one as 10.0.0.2 or 10.0.0.2:5353") from None
    return servers
