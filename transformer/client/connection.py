"""What both clients share: the connection, how a call is started on it, and how a failed one becomes our error."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar, Final

import grpc
from grpc_health.v1 import health_pb2_grpc

from transformer.client.credentials import Tls, check_key, metadata, open_channel
from transformer.client.retry import ATTEMPTS
from transformer.client.tracing import traced
from transformer.errors import Code, PlatformError, TransformerError
from transformer.wire.pb import (
    access_pb2_grpc,
    definitions_pb2_grpc,
    libraries_pb2_grpc,
    registry_pb2_grpc,
    secrets_pb2_grpc,
    tables_pb2_grpc,
    tap_pb2_grpc,
    transform_pb2_grpc,
)
from transformer.wire.status import DETAILS_KEY, error_from_grpc

__all__ = ["Connection"]

_WRITTEN_TOO_LATE: Final = "Internal error from Core"
"""What grpc.aio says instead of how a stream ended, where it ended in the middle of a write."""
_WHY: Final = (
    ("CERTIFICATE_VERIFY_FAILED", "shows a certificate that is not trusted here; name its CA (server_ca)"),
    ("Hostname Verification", "shows a certificate for another name"),
    ("Peer name", "shows a certificate for another name"),
    ("WRONG_VERSION_NUMBER", "does not talk TLS"),
    ("errors resolving", "cannot be found: nobody knows that name"),
)
"""What gRPC says where no connection was made, and what it means. It is in no status of its own."""


class Connection:
    """A connection to a server, and who talks over it."""

    _library: ClassVar[ModuleType] = grpc

    def __init__(
        self,
        server: str = "127.0.0.1:50051",
        *,
        timeout: float = 30.0,
        actor: str = "",
        attempts: int = ATTEMPTS,
        api_key: str = "",
        tls: Tls | None = None,
        insecure: bool = False,
    ) -> None:
        """Prepare the connection; it is made with the first call.

        Args:
            server: host:port; or several, which get calls in turn: IP addresses with commas between them, or dns:///name:port.
            timeout: seconds that a call may take in total, its retries included, where the call says nothing else.
            actor: who is calling, for the audit trail, where the server asks for no credentials.
            attempts: how often a call is tried at most; 1 never tries again.
            api_key: an API key, or a JWT.
            tls: talk over TLS; None for plain text.
            insecure: send the API key to another machine even in plain text.

        Raises:
            CallerError: the addresses, the key or the certificates are no such thing, or the key would be sent in plain text.
        """
        check_key(server, api_key, tls, insecure=insecure)
        self._server, self._timeout, self._attempts = server, timeout, attempts
        self._plain = tls is None
        self._metadata = metadata(actor, api_key)
        self._channel = open_channel(self._library, server, tls)
        self._stubs = _stubs(self._channel)

    def _start(self, service: str, method: str, request: Any, seconds: float | None) -> Any:
        """What gRPC gives for a call: its answer, or something to wait for or to read answers from."""
        start = getattr(self._stubs[service], method)
        return start(request, timeout=None if seconds is None else max(0.0, seconds), metadata=traced(self._metadata))

    def _error(self, failed: grpc.RpcError) -> TransformerError:
        """The error behind a failed call, of either kind of channel."""
        # Both kinds have these three; the base class that they share has none of them.
        call: Any = failed
        status: grpc.StatusCode = call.code()
        trailers = dict(call.trailing_metadata() or ())
        rich = trailers.get(DETAILS_KEY)
        if status is grpc.StatusCode.INTERNAL and call.details() == _WRITTEN_TOO_LATE:
            return PlatformError(Code.UNREACHABLE, f"the stream to the server at {self._server} broke off")
        error = error_from_grpc(status.value[0], call.details() or "", rich if isinstance(rich, bytes) else None)
        if error.code is not Code.UNREACHABLE:
            return error
        late = status is grpc.StatusCode.DEADLINE_EXCEEDED
        why = "did not answer before the deadline" if late else _why(call.details() or "", plain=self._plain)
        return PlatformError(Code.UNREACHABLE, f"the server at {self._server} {why}")


def _why(details: str, *, plain: bool) -> str:
    """What is wrong with a server that no connection was made to."""
    for said, means in _WHY:
        if said in details:
            return means
    if plain and "last error" in details and "Socket closed" in details:
        return "closed the connection at once; if it talks TLS, say so (server_tls, server_ca)"
    return "cannot be reached"


def _stubs(channel: Any) -> Mapping[str, Any]:
    return {
        "TransformService": transform_pb2_grpc.TransformServiceStub(channel),
        "RegistryService": registry_pb2_grpc.RegistryServiceStub(channel),
        "AccessService": access_pb2_grpc.AccessServiceStub(channel),
        "DefinitionService": definitions_pb2_grpc.DefinitionServiceStub(channel),
        "LibraryService": libraries_pb2_grpc.LibraryServiceStub(channel),
        "SecretService": secrets_pb2_grpc.SecretServiceStub(channel),
        "TableService": tables_pb2_grpc.TableServiceStub(channel),
        "TapService": tap_pb2_grpc.TapServiceStub(channel),
        "Health": health_pb2_grpc.HealthStub(channel),
    }
