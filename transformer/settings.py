"""Every setting, once: name, default, bounds and help. Flags, environment, TOML file and documentation derive from this table.

Read once at the start and passed down; nothing else in the project reads the environment. Precedence, highest first:
command-line flag, environment variable `TRANSFORMER_<NAME>`, TOML file (`--config`, else `TRANSFORMER_CONFIG`, else
`transformer.toml` in the working directory if there is one), the environment variables of RudderStack's transformers where
`rudder_environment` is on (`settings_rudder`), default. An unknown name in the file, or a value out of bounds,
is an error that names it.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from transformer.limits import Limits
from transformer.settings_access import AccessSettings
from transformer.settings_gateway import GatewaySettings
from transformer.settings_rudder import VariableError, read_rudder

__all__ = ["CORES", "ENVIRONMENT_PREFIX", "Origin", "Settings", "SettingsError", "load_settings"]

ENVIRONMENT_PREFIX = "TRANSFORMER_"
_LIMITS = Limits()
_WEIGHT = re.compile(r"([a-z0-9][a-z0-9_-]{0,62})=([0-9]{1,4}(?:\.[0-9]{1,6})?)")
_MOST_WEIGHT = 1000
_ON = frozenset({"true", "1", "yes", "on", "t", "y"})  # as pydantic reads a bool
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class SettingsError(ValueError):
    """A setting is wrong: the message names it, where its value came from, and what is allowed; never a secret value."""


def _weights(value: Any) -> str:
    """Weights in their one spelling; a TOML table of them will do, too."""
    pairs = value.items() if isinstance(value, Mapping) else (pair.split("=") for pair in str(value).split(",") if pair.strip())
    told = []
    for pair in pairs:
        found = _WEIGHT.fullmatch("=".join(str(part).strip() for part in pair))
        if found is None or not 0 < float(found[2]) <= _MOST_WEIGHT:
            raise ValueError(
                f"write WORKSPACE=NUMBER,… with numbers above 0 and up to {_MOST_WEIGHT}, as in analytics=3,trial=0.5"
            )
        told.append(found[0])
    return ",".join(told)


class Settings(AccessSettings, GatewaySettings):
    """The settings in force. Frozen; times are seconds, sizes are bytes."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=ENVIRONMENT_PREFIX)

    database_url: str = Field(
        "sqlite:///transformer.db",
        repr=False,
        description="Registry: an SQLAlchemy URL, sqlite:///FILE or postgresql+psycopg://…",
    )
    cache_dir: str = Field(
        "auto",
        description="Folder for copies of what was served, for restarts while the registry is away. auto: beside a SQLite "
        "file, else in ~/.cache/transformer. Empty: none.",
    )
    secrets_key: SecretStr = Field(
        SecretStr(""),
        description="Keys that secrets are encrypted with, from `transformer secrets key`; with commas between, the first "
        "encrypts. From the environment or the file, never a flag.",
    )
    secrets_key_file: str = Field("", description="The same in a file, one in each line; read once, when the server starts.")
    cache_bytes: int = Field(256 * 2**20, ge=2**20, description="Size of that folder for one registry.")
    artefact_bytes: int = Field(
        2**30, ge=2**20, le=2**44, description="Compiled WebAssembly kept on disk, beside cache_dir's folder, for one registry."
    )
    table_rows: int = Field(5_000_000, ge=1, le=10**9, description="Rows of one version of a table.")
    table_bytes: int = Field(512 * 2**20, ge=4096, le=2**32 - 1, description="Bytes of one version of a table, compiled.")
    table_memory_bytes: int = Field(
        2 * 2**30, ge=2**20, le=2**42, description="Memory for tables in use; all workers share it. Others are loaded again."
    )
    table_cache_bytes: int = Field(
        4 * 2**30, ge=2**20, le=2**44, description="Tables kept on disk, beside cache_dir's folder, for one registry."
    )
    profile: Literal["strict", "development"] = Field(
        "strict",
        description="strict: refuse workers that are not fully confined. development: accept them; not for production.",
    )
    workers: int = Field(64, ge=1, le=10_000, description="Workers alive at once, over all workspaces.")
    workspace_workers: int = Field(max(2, CORES), ge=1, le=1000, description="Workers alive at once of one workspace.")
    concurrent_turns: int = Field(2 * CORES, ge=1, le=10_000, description="Batches that run at once, over all workspaces.")
    spare_workers: int = Field(1, ge=0, le=100, description="Confined workers kept ready that no workspace owns yet.")
    calls_held_bytes: int = Field(
        512 * 2**20,
        ge=2**22,
        le=2**40,
        description="Arguments and answers of host calls that the server holds at once; one worker may hold a quarter.",
    )
    worker_idle_seconds: float = Field(300.0, gt=0, description="A worker that had no batch for this long is ended.")
    worker_turns: int = Field(10_000, ge=1, description="A worker is replaced after this many batches.")
    worker_versions: int = Field(
        1024, ge=1, le=99_999, description="Versions a worker keeps loaded; of JavaScript, Wasm a 16th."
    )
    queue: int = Field(
        256, ge=0, le=100_000, description="Batches that may wait for a worker; one more is refused as retryable."
    )
    concurrent_calls: int = Field(
        1000, ge=1, le=100_000, description="Batches in the server at once, whatever they wait for; one more is refused unread."
    )
    workspace_queue: int = Field(64, ge=0, le=100_000, description="Batches of one workspace that may wait for a worker.")
    queue_seconds: float = Field(5.0, gt=0, description="A batch that waited this long for a worker is refused as retryable.")
    queue_target_seconds: float = Field(
        0.5, gt=0, description="Where batches wait longer than this all the time, only a queue as long as this is kept."
    )
    workspace_weights: Annotated[str, BeforeValidator(_weights)] = Field(
        "", description="Shares of worker time under load, as in analytics=3,trial=0.5; every other workspace has 1."
    )
    version_lost_seconds: float = Field(
        20.0, gt=0, description="Worker time that a version may lose to timeouts and crashes before it is quarantined."
    )
    version_lost_part: float = Field(
        0.1, gt=0, le=10, description="Seconds of that which a version gets back per second; what it may lose in the long run."
    )
    version_kills: int = Field(30, ge=1, le=100_000, description="Workers that one version may cost per minute.")
    quarantine_seconds: float = Field(
        30.0, gt=0, description="A version is quarantined this long at first; each time that it fails to heal, twice as long."
    )
    quarantine_most_seconds: float = Field(900.0, gt=0, description="A version is quarantined this long at most at a time.")
    activation_poll_seconds: float = Field(
        0.25, gt=0, le=60, description="How often a server looks for activations by other processes."
    )
    streams: int = Field(1000, ge=0, le=1_000_000, description="Streams open at once; one more is refused as retryable.")
    drain_seconds: float = Field(20.0, ge=0, description="On SIGTERM, running batches may take this long to finish.")
    drain_delay_seconds: float = Field(
        0.0, ge=0, le=600, description="On SIGTERM, serve on for this long while health says NOT_SERVING, before draining."
    )
    max_connection_age_seconds: float = Field(
        600.0,
        ge=0,
        le=86_400 * 30,
        description="A connection older than this, give or take a tenth, is closed and a stream ended, for their peers to come "
        "back and be balanced anew; 0 for never.",
    )
    max_connection_age_grace_seconds: float = Field(
        660.0,
        gt=0,
        le=86_400 * 30,
        description="What still runs on a connection that is too old may take this long; streams need as long as the age.",
    )
    event_seconds: float = Field(_LIMITS.event_seconds, gt=0, le=3600, description="One event may run this long.")
    turn_seconds: float = Field(_LIMITS.turn_seconds, gt=0, le=3600, description="One batch may run this long.")
    turn_wait_seconds: float = Field(
        _LIMITS.turn_wait_seconds, ge=0, le=3600, description="One batch may wait this much longer for its host calls."
    )
    memory_bytes: int = Field(_LIMITS.memory_bytes, ge=16 * 2**20, description="Memory that code may allocate in its worker.")
    batch_kills: int = Field(_LIMITS.batch_kills, ge=0, le=1000, description="Workers that one batch may cost.")
    batch_events: int = Field(_LIMITS.batch_events, ge=1, le=1_000_000, description="Events of one batch.")
    batch_bytes: int = Field(_LIMITS.batch_bytes, ge=1024, le=2**30, description="Payload bytes of one batch.")
    event_bytes: int = Field(_LIMITS.event_bytes, ge=1024, le=2**30, description="Payload bytes of one event.")
    output_bytes: int = Field(_LIMITS.output_bytes, ge=1024, le=2**30, description="Payload bytes of one output.")
    event_outputs: int = Field(_LIMITS.event_outputs, ge=1, le=1_000_000, description="Outputs of one event.")
    batch_output_bytes: int = Field(
        _LIMITS.batch_output_bytes, ge=1024, le=2**30, description="Payload bytes of a batch's outputs."
    )
    log_lines: int = Field(_LIMITS.log_lines, ge=0, le=100_000, description="Lines that one event may log.")
    log_bytes: int = Field(_LIMITS.log_bytes, ge=0, le=2**24, description="Bytes that one event may log.")
    code_bytes: int = Field(_LIMITS.code_bytes, ge=1024, le=2**24, description="Bytes of one version's source, if it is text.")
    binary_bytes: int = Field(
        _LIMITS.binary_bytes, ge=1024, le=2**29, description="Bytes of one version's source, if it is a binary (.wasm)."
    )
    compile_seconds: float = Field(_LIMITS.compile_seconds, gt=0, le=3600, description="A binary may be compiled this long.")
    compile_bytes: int = Field(
        _LIMITS.compile_bytes, ge=64 * 2**20, le=2**38, description="Memory that compiling a binary may allocate."
    )
    compile_share: float = Field(
        0.25, gt=0, le=1000, description="In the long run, what part of a core compiling binaries of one workspace may take."
    )
    call_seconds: float = Field(
        _LIMITS.call_seconds, gt=0, le=3600, description="One host call (fetch, kv, …) may take this long."
    )
    call_bytes: int = Field(_LIMITS.call_bytes, ge=1024, le=2**26, description="Bytes that one host call may send.")
    reply_bytes: int = Field(_LIMITS.reply_bytes, ge=1024, le=2**26, description="Bytes that one host call may bring back.")
    calls_in_flight: int = Field(
        _LIMITS.calls_in_flight, ge=1, le=10_000, description="Host calls of one batch that may wait for their answers at once."
    )
    event_calls: int = Field(_LIMITS.event_calls, ge=1, le=1_000_000, description="Host calls that one event may make.")
    batch_calls: int = Field(_LIMITS.batch_calls, ge=1, le=10_000_000, description="Host calls that one batch may make.")
    event_fuel: int = Field(
        _LIMITS.event_fuel,
        ge=0,
        le=2**53,
        description="WebAssembly: what one event may burn, about 1 per instruction, counted exactly; clocks stand still then,"
        " and randomness repeats. 0: not counted.",
    )
    tap_watchers: int = Field(16, ge=0, le=1000, description="Watches (taps) open at once; each has a process. 0: none.")
    tap_workspace_watchers: int = Field(4, ge=0, le=1000, description="Watches open at once of one workspace.")
    tap_redact: str = Field(
        "password,passwd,pwd,*password*,*passphrase*,*secret*,*token*,*apikey*,*privatekey*,*accesskey*,*authorization*,*cookie*,"
        "*credential*,*email*,*phone*,ssn,*socialsecurity*,*cardnumber*,*creditcard*,cvv,cvc,pin,iban,~email,~card",
        description="What a tap hides, with commas between: names of fields (case, _ and - do not matter), ~email and ~card "
        "for such values anywhere, ~/regular expression/ for others. Empty: nothing.",
    )
    dead_letters: str = Field(
        "directory",
        repr=False,
        description="Where events that failed are kept. directory: a folder FILE.dead-letters beside a SQLite registry, or in "
        "the working directory; or directory:PATH, postgresql://…, none.",
    )
    dead_letters_of: Literal["final", "all"] = Field(
        "final", description="final: keep only what sending again would not mend. all: retryable failures too."
    )
    dead_letters_bytes: int = Field(
        2**30, ge=2**16, le=2**44, description="Dead letters kept, over all workspaces; beyond, the oldest of the largest go."
    )
    dead_letters_file_bytes: int = Field(
        16 * 2**20, ge=4096, le=2**30, description="A file of dead letters is followed by a new one beyond this."
    )
    dead_letters_age_seconds: float = Field(14 * 86_400.0, ge=60, description="Dead letters are removed after this long.")
    dead_letters_queue: int = Field(
        50_000, ge=1, le=1_000_000, description="Dead letters that may wait for a slow or broken sink; one more is dropped."
    )
    fetch_hosts: str = Field(
        "",
        description="Hosts that code may fetch, by workspace, as in shop=api.example.com *.example.org, *=api.example.net; "
        "empty: any. Of these, code reaches what it declares.",
    )
    fetch_private: str = Field(
        "", description="Networks that code may fetch from although they are not public, as in 10.1.0.0/16, fd00::/8."
    )
    fetch_unverified: bool = Field(True, description="Code may fetch without verifying certificates (verify=False).")
    fetch_ca: str = Field("", description="Fetch trusts the CAs in this PEM file, too.")
    fetch_concurrent: int = Field(512, ge=1, le=100_000, description="Fetches under way at once, over all workspaces.")
    fetch_workspace_concurrent: int = Field(256, ge=1, le=100_000, description="Fetches under way at once of one workspace.")
    fetch_host_concurrent: int = Field(
        100, ge=1, le=100_000, description="Fetches under way at once of one workspace to one host."
    )
    fetch_held_bytes: int = Field(
        256 * 2**20, ge=2**20, le=2**40, description="Bytes of answers that are being read at once, over all workspaces."
    )
    fetch_breaker_failures: int = Field(
        10, ge=0, le=100_000, description="After so many fetches in a row without any answer, a host is left alone; 0: never."
    )
    fetch_breaker_seconds: float = Field(
        5.0,
        gt=0,
        le=3600,
        description="For how long at first; each time that it still does not answer twice as long, up to 16 times.",
    )
    fetch_cache_bytes: int = Field(
        64 * 2**20, ge=0, le=2**40, description="Answers kept for code that asks for it, over all workspaces; 0: none."
    )
    fetch_dns_seconds: float = Field(30.0, ge=0, le=86_400, description="What a name means is kept this long; 0: not at all.")
    fetch_dns_servers: str = Field(
        "", description="Name servers to ask instead of this system's, host or host:port, with commas between."
    )
    fetch_dns_overrides: str = Field(
        "",
        description="Addresses of names, instead of asking for them, as in api.example.com=192.0.2.7, with commas between.",
    )
    geolocation: str = Field(
        "none",
        description="What geolocation asks: file:PATH of a MaxMind database (.mmdb), read again when it changes; a service, "
        "http://HOST, as HOST/geoip/IP; or none.",
    )
    geolocation_seconds: float = Field(1.0, gt=0, le=60, description="A service of geolocation may take this long to answer.")
    kv: str = Field(
        "embedded",
        repr=False,
        description="Where kv keeps its entries. embedded: a file FILE.kv beside a SQLite registry, or in the working "
        "directory; or embedded:PATH, redis://… (Valkey too), rediss://…, unix://…, none.",
    )
    kv_workspace_bytes: int = Field(64 * 2**20, ge=2**16, le=2**40, description="Room of one workspace in the embedded kv.")
    kv_bytes: int = Field(2**30, ge=2**16, le=2**44, description="Room of the embedded kv, over all workspaces.")
    metrics_listen: str = Field(
        "",
        description="Serve Prometheus metrics over HTTP at this host:port, for example 127.0.0.1:9464; empty: nowhere.",
    )
    metrics_public: bool = Field(
        False, description="metrics_listen may be reached from other machines; it asks nobody who they are."
    )
    metrics_series: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Workspaces, and transformations, with metrics of their own; the rest is counted as `other`.",
    )
    traces: str = Field(
        "", description="Send OpenTelemetry traces to otlp:host:port, otlps:host:port (TLS) or console; empty: off."
    )
    traces_ratio: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of the requests to trace of those whose caller does not say; a caller decides for its own.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level of log line that is written."
    )
    log_format: Literal["json", "console"] = Field("json", description="json: one object per line. console: for people.")

    @property
    def weights(self) -> dict[str, float]:
        """`workspace_weights` by workspace."""
        pairs = (pair.split("=") for pair in self.workspace_weights.split(",") if pair)
        return {workspace: float(weight) for workspace, weight in pairs}

    @property
    def limits(self) -> Limits:
        """The limits among the settings."""
        return Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})

    @classmethod
    def settings_customise_sources(  # type: ignore[override]  # the sources that are not wanted are **_
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        **_: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: it reads the other sources itself, to know where each value came from."""
        return (init_settings,)


class Origin(NamedTuple):
    """Where a setting's value came from: "flag", "environment", "file" or "default", and the variable or file."""

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".rstrip()


def load_settings(
    flags: Mapping[str, Any] | None = None, config: str | Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Settings, dict[str, Origin]]:
    """The settings in force and the origin of each.

    Args:
        flags: what the command line said; None values count as not said.
        config: the TOML file that the command line named.
        environment: instead of os.environ.

    Raises:
        SettingsError: a file that was named does not exist or is not TOML, a name is unknown, or a value is not allowed.
    """
    environ = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origins = {name: Origin("default") for name in Settings.model_fields}
    path = _config_path(config, environ)
    if path is not None:
        for name, value in _read(path).items():
            if name not in Settings.model_fields:
                raise SettingsError(f"{path}: there is no setting {name!r}")
            values[name], origins[name] = value, Origin("file", str(path))
    for name in Settings.model_fields:
        variable = f"{ENVIRONMENT_PREFIX}{name.upper()}"
        if variable in environ:
            values[name], origins[name] = environ[variable], Origin("environment", variable)
    for name, value in (flags or {}).items():
        if value is not None:
            values[name], origins[name] = value, Origin("flag", f"--{name.replace('_', '-')}")
    if str(values.get("rudder_environment")).lower() in _ON:
        _understand_rudder(values, origins, environ)
    try:
        return Settings(**values), origins
    except ValidationError as wrong:
        told = [f"{name} ({origins[name]}): {error['msg']}" for error in wrong.errors() for name in [str(error["loc"][0])]]
        raise SettingsError("; ".join(told)) from None


def _understand_rudder(values: dict[str, Any], origins: dict[str, Origin], environ: Mapping[str, str]) -> None:
    try:
        theirs = read_rudder(environ)
    except VariableError as wrong:
        raise SettingsError(str(wrong)) from None
    for name, (value, variable) in theirs.items():
        if name not in values:
            values[name], origins[name] = value, Origin("environment", variable) if variable else Origin("default")


def _config_path(config: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = config or environ.get(f"{ENVIRONMENT_PREFIX}CONFIG")
    if named:
        return Path(named)
    usual = Path("transformer.toml")
    return usual if usual.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise SettingsError(f"{path}: {wrong.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{path}: {wrong}") from None
