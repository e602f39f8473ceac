"""The environment variables of RudderStack's transformers, as settings of ours.

Whoever replaces one of them keeps the environment that it had. The variables count only where `rudder_environment` says so:
PORT and its like are in many environments, for other programs. What our own variables, flags and file say counts more.

One table: every variable that the two services read, with what it becomes, or why it means nothing here.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

__all__ = ["DEFAULTS", "VARIABLES", "Variable", "VariableError", "ignored", "read_rudder"]

_Values: TypeAlias = dict[str, Any]
_MIB: Final = 2**20
_SWITCH: Final = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_MOST_PORT: Final = 65_535


class VariableError(ValueError):
    """A variable's value is none that it can have; says what is expected, and does not quote the value."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of theirs.

    name     its name; with * at the end for all that begin so
    settings what of ours it sets; none where it means nothing here
    told     how its value becomes that, or why it means nothing
    convert  its value, and all variables, to values of ours; raises VariableError
    """

    name: str
    settings: tuple[str, ...]
    told: str
    convert: Callable[[str, Mapping[str, str]], _Values] = field(default=lambda _value, _all: {}, repr=False)


def _as(setting: str, convert: Callable[[str], Any] = str) -> Callable[[str, Mapping[str, str]], _Values]:
    return lambda value, _all: {setting: convert(value)}


def _whole(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise VariableError("expected a whole number") from None


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise VariableError("expected a number")
    return number


def _port(value: str) -> int:
    port = _whole(value)
    if not 0 <= port <= _MOST_PORT:
        raise VariableError(f"expected a port, 0 to {_MOST_PORT}")
    return port


def _milliseconds(value: str) -> float:
    return _number(value) * 0.001


def _on(value: str) -> bool:
    found = _SWITCH.get(value.strip().lower())
    if found is None:
        raise VariableError("expected true or false")
    return found


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise VariableError("expected networks with commas between, as in 10.1.0.0/16, fd00::/8") from None


def _metrics(value: str, _all: Mapping[str, str]) -> _Values:
    return {"metrics_listen": f"0.0.0.0:{_port(value)}", "metrics_public": True}


def _dns_kept(_value: str, every: Mapping[str, str]) -> _Values:
    if not _on(every.get("DNS_CACHE_ENABLED") or "false"):
        return {"fetch_dns_seconds": 0.0}
    seconds = every.get("DNS_CACHE_TTL_S") or every.get("DNS_CACHE_TTL")
    return {"fetch_dns_seconds": _number(seconds)} if seconds else {}


def _dns_fixed(value: str) -> str:
    """`host,address` pairs, one after the other, as `host=address,…`."""
    parts = [part.strip() for part in value.replace(";", ",").split(",") if part.strip()]
    try:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return ",".join(f"{host}={ipaddress.IPv4Address(address)}" for host, address in pairs)
    except ValueError:
        raise VariableError("expected a host and its IPv4 address, as in api.example.com,192.0.2.7") from None


def _private(value: str) -> str:
    return ", ".join(str(_network(part.strip())) for part in value.split(",") if part.strip())


def _blocked_addresses(value: str, _all: Mapping[str, str]) -> _Values:
    """What is not public is refused anyhow. Raises VariableError for what is: it would be reachable, and must not be."""
    for part in value.split(","):
        if part.strip() and _network(part.strip()).is_global:
            raise VariableError("it names public addresses; say which hosts may be fetched instead (fetch_hosts)")
    return {}


def _blocked_hosts(value: str, every: Mapping[str, str]) -> _Values:
    del every
    for part in (part.strip().rstrip(".") for part in value.split(",")):
        if part and part != "localhost" and not part.endswith((".localhost", ".local", ".internal")):
            raise VariableError("it names hosts that may be public; say which hosts may be fetched instead (fetch_hosts)")
    return {}


def _listen(value: str) -> str:
    return f"0.0.0.0:{_port(value)}"


_THREADS: Final = "events that wait overlap without it"
_WALL: Final = "is always enforced"
_ONE: Final = "one process answers; code runs in workers of its own"
_FAAS: Final = "Python runs in workers of ours: there are no functions to deploy"

VARIABLES: Final = (
    Variable("UVICORN_PORT", ("gateway_listen",), "that port on every address", _as("gateway_listen", _listen)),
    Variable("PORT", ("gateway_listen",), "that port on every address", _as("gateway_listen", _listen)),
    Variable("METRICS_PORT", ("metrics_listen", "metrics_public"), "that port on every address", _metrics),
    Variable("CONFIG_BACKEND_URL", ("config_backend_url",), "as it is", _as("config_backend_url")),
    Variable("CONFIG_BACKEND_TRANSFORMER_SERVICE_SECRET", ("config_backend_secret",), "as it is", _as("config_backend_secret")),
    Variable("CONFIG_BACKEND_HOSTED_SECRET", ("config_backend_secret",), "as it is", _as("config_backend_secret")),
    Variable("GEOLOCATION_URL", ("geolocation",), "as it is", _as("geolocation")),
    Variable("GEOLOCATION_TIMEOUT_SECS", ("geolocation_seconds",), "as it is", _as("geolocation_seconds", _number)),
    Variable(
        "GEOLOCATION_TIMEOUT_IN_MS", ("geolocation_seconds",), "in milliseconds", _as("geolocation_seconds", _milliseconds)
    ),
    Variable("SANDBOX_HTTP_BUDGET_S", ("call_seconds",), "as it is, for each call", _as("call_seconds", _number)),
    Variable("SANDBOX_HTTP_TIMEOUT_S", ("call_seconds",), "as it is, for each call", _as("call_seconds", _number)),
    Variable(
        "SANDBOX_TRANSFORMATION_TIMEOUT_S", ("event_seconds",), "as it is, but for one event", _as("event_seconds", _number)
    ),
    Variable("SANDBOX_PROCESS_TIMEOUT_S", ("turn_seconds",), "as it is", _as("turn_seconds", _number)),
    Variable(
        "IVM_EXECUTION_TIMEOUT",
        ("event_seconds",),
        "in milliseconds; for one event, not for all of a request",
        _as("event_seconds", _milliseconds),
    ),
    Variable("USER_TRANSFORM_TIMEOUT", ("turn_seconds",), "in milliseconds", _as("turn_seconds", _milliseconds)),
    Variable(
        "ISOLATE_VM_MEMORY",
        ("memory_bytes",),
        "in MiB; 16 at least",
        _as("memory_bytes", lambda value: max(16, _whole(value)) * _MIB),
    ),
    Variable("SANDBOX_POOL_MAX_SIZE", ("workspace_workers",), "as it is, for each workspace", _as("workspace_workers", _whole)),
    Variable("SANDBOX_CACHE_MAX_SIZE", ("worker_versions",), "as it is", _as("worker_versions", _whole)),
    Variable(
        "USER_CONN_POOL_MAX_SIZE", ("fetch_host_concurrent",), "as it is; others wait", _as("fetch_host_concurrent", _whole)
    ),
    Variable("DNS_CACHE_ENABLED", ("fetch_dns_seconds",), "`false`: 0; `true`: what DNS_CACHE_TTL_S says", _dns_kept),
    Variable("DNS_CACHE_TTL_S", ("fetch_dns_seconds",), "with DNS_CACHE_ENABLED only", _dns_kept),
    Variable("DNS_CACHE_TTL", ("fetch_dns_seconds",), "with DNS_CACHE_ENABLED only", _dns_kept),
    Variable(
        "DNS_OVERRIDES", ("fetch_dns_overrides",), "`host,address` is `host=address`", _as("fetch_dns_overrides", _dns_fixed)
    ),
    Variable("ALLOW_IP_RANGES", ("fetch_private",), "as it is", _as("fetch_private", _private)),
    Variable("BLOCK_IP_RANGES", (), "private addresses are blocked; a public one here is an error", _blocked_addresses),
    Variable("BLOCK_HOST_NAMES", (), "names of this machine are blocked; any other here is an error", _blocked_hosts),
    Variable("MIRROR_FILTER_ENABLED", ("gateway_mirror_filter",), "as it is", _as("gateway_mirror_filter", _on)),
    Variable("WH_MAX_COLUMNS_IN_EVENT", (), "is 200"),
    Variable("WH_POPULATE_SRC_DEST_INFO_IN_CONTEXT", (), "is on"),
    Variable("WORKSPACE_ID", (), "one server serves all workspaces; events say theirs"),
    Variable("ENABLE_FUNCTIONS", (), "/customTransform is always there"),
    Variable("TRANSFORMER_MODE", (), "all routes are always there"),
    Variable("TRANSFORMER_TEST_MODE", (), "the routes for tests are always there"),
    Variable("STATS_CLIENT", (), "metrics are Prometheus's"),
    Variable("CLUSTER_ENABLED", (), _ONE),
    Variable("NUM_PROCS", (), _ONE),
    Variable("USE_IVM_CACHE", (), "code is always kept loaded"),
    Variable("IVM_CACHE_MAX_SIZE", ("worker_versions",), "times 16", _as("worker_versions", lambda value: 16 * _whole(value))),
    Variable("IVM_CACHE_TTL_MS", (), "code is kept loaded until there is no room"),
    Variable("ENABLE_THREAD_POOL_IO_BOUND", (), _THREADS),
    Variable("IO_THREAD_POOL_SIZE", (), _THREADS),
    Variable(
        "IO_BOUND_RECHECK_INTERVAL",
        ("gateway_io_bound_batches",),
        "as it is, for the metrics; events that wait overlap anyhow",
        _as("gateway_io_bound_batches", _whole),
    ),
    Variable("FORCE_THREAD_POOL_ALWAYS", (), _THREADS),
    Variable("SANDBOX_GETATTR_GUARD_ENFORCE", (), _WALL),
    Variable("SANDBOX_IMPORT_GUARD_ENFORCE", (), _WALL),
    Variable("ENABLE_CONN_POOL", (), "connections are always pooled"),
    Variable("CONN_POOL_PER_TRANSFORMATION", (), "connections are pooled for each workspace"),
    Variable("SHARED_HTTP_AGENT_*", (), "connections are pooled for each workspace"),
    Variable("MEMORY_FENCING_*", (), "what would be too much is refused as retryable by itself"),
    Variable("BATCH_PROCESSING_*", (), "nobody waits for a batch of somebody else"),
    Variable("OPENFAAS_*", (), _FAAS),
    Variable("FAAS_*", (), _FAAS),
)
"""Where two set the same, the one that stands first counts."""

DEFAULTS: Final[Mapping[str, str]] = {
    "gateway_listen": "0.0.0.0:9090",
    "config_backend_url": "https://api.rudderlabs.com",
}
"""What holds where neither theirs nor ours say: what held for them."""


def read_rudder(environment: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    """The settings that the variables of the environment say: value and variable, by setting; "" for none, but a default.

    Raises:
        VariableError: a value is none that the variable can have; told with its name.
    """
    found: dict[str, tuple[Any, str]] = {}
    for variable in VARIABLES:
        value = environment.get(variable.name, "").strip()
        if not value:
            continue
        try:
            values = variable.convert(value, environment)
        except VariableError as wrong:
            raise VariableError(f"{variable.name}: {wrong}") from None
        for setting, converted in values.items():
            found.setdefault(setting, (converted, variable.name))
    return {name: (value, "") for name, value in DEFAULTS.items()} | found


def ignored(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of the environment that were theirs and mean nothing here, and why."""
    found: dict[str, str] = {}
    for variable in VARIABLES:
        if not variable.settings:
            start = variable.name.removesuffix("*")
            whole = start == variable.name
            names = [start] if whole else sorted(name for name in environment if name.startswith(start))
            found |= {name: variable.told for name in names if environment.get(name)}
    return found
