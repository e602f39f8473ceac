"""Where a server is, in gRPC's words: one address, or replicas that get calls in turn."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any, Final

from transformer.errors import CallerError, Code

__all__ = ["target"]

_OPTIONS: Final[tuple[tuple[str, Any], ...]] = (
    # The server's limits decide how large a message may be.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # A restarted server is found again at once, not after a second.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.keepalive_time_ms", 60_000),
)

_BY_TURNS: Final = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        # A replica that is going down, or cannot serve, gets no calls: health says so before it refuses them.
        "healthCheckConfig": {"serviceName": ""},
    }
)
_ADDRESS: Final = re.compile(r"(?:\[[^\]]+\]|[^\s:/\[\]]+):\d{1,5}|[a-z0-9-]+:\S+")
"""host:port, or an address of a scheme of gRPC's."""


def target(server: str) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """What gRPC is to connect to, and how: one address, or replicas that get calls in turn.

    Raises:
        CallerError: BAD_REQUEST if it is no address with a port, or there are several and one is no IP address with a port.
    """
    addresses = [address.strip() for address in server.split(",")]
    if len(addresses) == 1:
        if not _ADDRESS.fullmatch(server):
            raise CallerError(Code.BAD_REQUEST, f"{server!r} is no host:port")
        return server, (*_OPTIONS, ("grpc.service_config", _BY_TURNS)) if server.startswith("dns:") else _OPTIONS
    kinds = {_kind(address) for address in addresses}
    if len(kinds) > 1:
        raise CallerError(Code.BAD_REQUEST, f"{server}: the addresses are of IPv4 and of IPv6; they must be of one kind")
    # They are replicas of one server, and gRPC knows one name for all: over TLS their certificates have to hold the first.
    one_name = ("grpc.default_authority", addresses[0])
    return f"{kinds.pop()}:{','.join(addresses)}", (*_OPTIONS, ("grpc.service_config", _BY_TURNS), one_name)


def _kind(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        kind = f"ipv{ipaddress.ip_address(host.strip('[]')).version}"
    except ValueError:
        kind = ""
    if not kind or not port.isdecimal():
        raise CallerError(
            Code.BAD_REQUEST,
            f"{address!r} is no IP address with a port, as each of several has to be; for a name with several, dns:///name:port",
        )
    return kind
