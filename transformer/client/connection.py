"""What both clients share about a connection: channel options, stubs, metadata, and how a failed call becomes our error."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2_grpc

from transformer.errors import CallerError, Code, PlatformError, TransformerError
from transformer.wire.pb import access_pb2_grpc, registry_pb2_grpc, tap_pb2_grpc, transform_pb2_grpc
from transformer.wire.status import DETAILS_KEY, error_from_grpc

__all__ = ["CHANNEL_OPTIONS", "actor_metadata", "error_of", "stubs", "target"]

CHANNEL_OPTIONS: Final[tuple[tuple[str, Any], ...]] = (
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


def target(server: str) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """What gRPC is to connect to, and how: one address, or replicas that get calls in turn.

    Raises:
        CallerError: BAD_REQUEST if there are several addresses and one is no IP address with a port.
    """
    addresses = [address.strip() for address in server.split(",")]
    if len(addresses) == 1:
        return server, (*CHANNEL_OPTIONS, ("grpc.service_config", _BY_TURNS)) if server.startswith("dns:") else CHANNEL_OPTIONS
    kinds = {_kind(address) for address in addresses}
    if len(kinds) > 1:
        raise CallerError(Code.BAD_REQUEST, f"{server}: the addresses are of IPv4 and of IPv6; they must be of one kind")
    # They are replicas of one server, and gRPC knows one name for all: over TLS their certificates have to hold the first.
    one_name = ("grpc.default_authority", addresses[0])
    return f"{kinds.pop()}:{','.join(addresses)}", (*CHANNEL_OPTIONS, ("grpc.service_config", _BY_TURNS), one_name)


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


def stubs(channel: Any) -> Mapping[str, Any]:
    """The stubs of the services by name, for either kind of channel."""
    return {
        "TransformService": transform_pb2_grpc.TransformServiceStub(channel),
        "RegistryService": registry_pb2_grpc.RegistryServiceStub(channel),
        "AccessService": access_pb2_grpc.AccessServiceStub(channel),
        "TapService": tap_pb2_grpc.TapServiceStub(channel),
        "Health": health_pb2_grpc.HealthStub(channel),
    }


def actor_metadata(actor: str) -> tuple[tuple[str, str], ...]:
    """The metadata that names the caller in the audit trail. Raises CallerError if it cannot be sent as metadata."""
    if not actor:
        return ()
    if not (actor.isascii() and actor.isprintable()):
        raise CallerError(Code.BAD_REQUEST, "the actor may hold printable ASCII characters only")
    return (("x-actor", actor),)


def error_of(failed: grpc.RpcError, server: str) -> TransformerError:
    """The error behind a failed call, of either kind of channel."""
    # Both kinds have these three; the base class that they share has none of them.
    call: Any = failed
    status: grpc.StatusCode = call.code()
    trailers = dict(call.trailing_metadata() or ())
    rich = trailers.get(DETAILS_KEY)
    error = error_from_grpc(status.value[0], call.details() or "", rich if isinstance(rich, bytes) else None)
    if error.code is not Code.UNREACHABLE:
        return error
    late = status is grpc.StatusCode.DEADLINE_EXCEEDED
    return PlatformError(
        Code.UNREACHABLE, f"the server at {server} {'did not answer before the deadline' if late else 'cannot be reached'}"
    )
