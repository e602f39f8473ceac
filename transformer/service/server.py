"""The server: its parts, built in the order in which they need each other, and taken down in the opposite order.

Going down is the part that has to be right. On the first signal health says NOT_SERVING; after `drain_delay_seconds` what is
new is refused as retryable (`gate`), open streams end after the batches that were read from them, and what runs may finish
within `drain_seconds`; a second signal ends it at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self

import grpc

from transformer.access.guard import Guard
from transformer.broker.opening import open_broker
from transformer.broker.secrets import Secrets
from transformer.errors import PlatformError
from transformer.observe import Logger, Observation, open_log
from transformer.pool import Pool
from transformer.pool.zygote import Zygote
from transformer.registry import Store
from transformer.registry.cache import Catalogue
from transformer.registry.checks import MAX_CASES_BYTES
from transformer.registry.definition_cache import DefinitionCache
from transformer.registry.disk import cache_folder, disk_cache
from transformer.registry.publish import Tries
from transformer.registry.table_cache import TableCache
from transformer.registry.table_folder import TableFolder
from transformer.service.access import AccessMethods
from transformer.service.batches import Batches
from transformer.service.beside import OpensDoor, Parts
from transformer.service.data_path import data_path
from transformer.service.dead_letters import DeadLetters
from transformer.service.definitions import DefinitionMethods
from transformer.service.early import EarlyRefusals
from transformer.service.gate import Gate
from transformer.service.gauges import ask_parts
from transformer.service.health import Health
from transformer.service.interceptors import Interceptor
from transformer.service.libraries import LibraryMethods
from transformer.service.listening import listen
from transformer.service.outage import Outage
from transformer.service.pipelines import Pipelines
from transformer.service.planning import Planner
from transformer.service.quarantines import QuarantineNotes
from transformer.service.registry import RegistryMethods
from transformer.service.secrets import SecretMethods, SecretValues, sealer_of
from transformer.service.tables import TableMethods
from transformer.service.tap import TapMethods
from transformer.service.transform import TransformMethods
from transformer.settings import Settings
from transformer.wire.pb import (
    access_pb2_grpc,
    definitions_pb2_grpc,
    libraries_pb2_grpc,
    registry_pb2_grpc,
    secrets_pb2_grpc,
    tables_pb2_grpc,
    tap_pb2_grpc,
)

__all__ = ["Server", "ServesCode"]

_LEAVING_SECONDS: Final = 0.2
_TELLING_SECONDS: Final = 1.0
_LAST_WAY_SECONDS: Final = 1.0
_MIB: Final = 2**20
_HEADER_BYTES: Final = 16 * 1024


class ServesCode(Tries, Protocol):
    """What the server needs of a pool. `Pool` is it; tests of the service alone may put another in its place."""

    async def start(self) -> None:
        """As `Pool.start`."""
        ...

    async def renew(self) -> None:
        """As `Pool.renew`."""
        ...

    async def close(self, grace_seconds: float = 0.0) -> None:
        """As `Pool.close`."""
        ...


class Server:
    """A server inside this process, for `serve`, tests, benchmarks and the demo.

        async with Server(settings, doors=doors) as server:
            ... server.address ...

    Leaving the block gives what runs a fifth of a second; call `stop` first for a graceful end. Belongs to one event loop.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        pool: ServesCode | None = None,
        log: Logger | None = None,
        doors: Sequence[OpensDoor] = (),
        zygote: Zygote | None = None,
    ) -> None:
        """Its parts, nothing started. `doors` serve the same in other ways, at their own addresses; `zygote` as in `Pool`."""
        self.settings = settings
        self.address = ""
        """host:port, once it is started."""
        self.log = open_log(settings) if log is None else log
        self.observation = Observation(settings, self.log)
        self._store = Store(settings.database_url)
        self._quarantines = QuarantineNotes(self._store, self.log)
        watch = self.observation.metrics
        folder = cache_folder(settings.cache_dir, self._store.place, self._store.file)
        artefacts = folder and folder.with_name(f"{folder.name}-artefacts")
        self._outage = Outage(self.log)
        self._catalogue = Catalogue(
            self._store,
            poll_seconds=settings.activation_poll_seconds,
            disk=disk_cache(settings.cache_dir, settings.cache_bytes, self._store.place, self._store.file),
            tell=self._outage.tell,
        )
        kept = TableFolder(folder.with_name(f"{folder.name}-tables"), settings.table_cache_bytes) if folder else None
        self._tables = TableCache(self._store, self._catalogue, settings.table_memory_bytes, kept)
        self._broker = open_broker(settings, self._broker_trouble, self.log)
        tell = self._quarantines.tell
        self._pool = pool or Pool(
            settings,
            watch,
            artefacts=artefacts,
            broker=self._broker,
            tables=self._tables,
            on_quarantine=tell,
            zygote=zygote,
        )
        self.sealer = sealer_of(settings)
        """Encrypts secrets; None where the settings name no key."""
        values = SecretValues(self._store, self._catalogue, self.sealer)
        self._broker.register("secret", Secrets(values, self._broker.redactor).handle)
        definitions = DefinitionCache(self._store, self._catalogue)
        self._server = grpc.aio.server(options=_options(settings))
        door: Any = _Door(self._server)
        self._gate = Gate()
        asks = settings.authentication != "none"
        self._guard = Guard(settings, self._store.changed_keys, self.log, folder) if asks else None
        interceptor = Interceptor(self.observation.requests, settings.profile, self._gate, self._guard)
        self._tap = TapMethods(self._catalogue, settings, self._guard, self._broker.redactor)
        self.dead_letters = DeadLetters(settings, self.log)
        pipelines = Pipelines(definitions, values, self._broker.redactor)
        planner = Planner(self._catalogue, settings.limits, pipelines)
        batches = Batches(self._pool, [self.observation.metrics, self._tap, self.dead_letters], self._tap.logging)
        self._transform = TransformMethods(
            planner,
            batches,
            interceptor,
            streams=settings.streams,
            stream_bytes=settings.batch_bytes,
            stream_seconds=settings.max_connection_age_seconds or None,
        )
        self._early = EarlyRefusals(
            self._pool, self.observation.requests, calls=settings.concurrent_calls, admission=interceptor.admission
        )
        self._add_services(door, interceptor)
        self._health = Health(door, settings.profile, self._guard)  # after the data path: gRPC asks the services in this order
        self._outage.health = self._health
        ask_parts(
            self.observation.metrics,
            pool=self._pool,
            catalogue=self._catalogue,
            dead_letters=self.dead_letters,
            tap=self._tap,
            gate=self._gate,
            broker=self._broker,
            tables=self._tables,
        )
        parts = Parts(
            settings,
            self.log,
            self.observation.requests,
            self._gate,
            self._guard,
            batches,
            planner,
            pipelines,
            self._catalogue,
            self._broker,
            self._pool,
            self.observation.metrics,
        )
        self.doors = [open_door(parts) for open_door in doors]

    def _add_services(self, door: Any, interceptor: Interceptor) -> None:
        settings = self.settings
        registry = RegistryMethods(self._store, self._catalogue, self._pool, settings.limits)
        most_bytes = 2 * settings.limits.batch_bytes + _MIB  # ids and metadata may weigh as much as the payloads
        door.add_generic_rpc_handlers((data_path(interceptor, self._transform, self._early, most_bytes),))
        registry_pb2_grpc.add_RegistryServiceServicer_to_server(interceptor.servicer(registry.methods), door)
        access = AccessMethods(self._store, self._guard)
        access_pb2_grpc.add_AccessServiceServicer_to_server(interceptor.servicer(access.methods), door)
        libraries = LibraryMethods(self._store, self._pool, settings.limits)
        libraries_pb2_grpc.add_LibraryServiceServicer_to_server(interceptor.servicer(libraries.methods), door)
        defined = DefinitionMethods(self._store, self._catalogue)
        definitions_pb2_grpc.add_DefinitionServiceServicer_to_server(interceptor.servicer(defined.methods), door)
        secrets = SecretMethods(self._store, self._catalogue, self.sealer)
        secrets_pb2_grpc.add_SecretServiceServicer_to_server(interceptor.servicer(secrets.methods), door)
        pushed = TableMethods(self._store, self._catalogue, settings)
        tables_pb2_grpc.add_TableServiceServicer_to_server(
            interceptor.servicer(pushed.methods, PushTable=interceptor.upload("PushTable", pushed.push)), door
        )
        tap_pb2_grpc.add_TapServiceServicer_to_server(
            interceptor.servicer({}, Watch=interceptor.stream("Watch", self._tap.watch)), door
        )

    async def start(self) -> None:
        """Bind, bring the registry up to date, start the workers, then serve. After an exception, `stop` cleans up.

        Where the registry cannot be reached but versions are on disk (`cache_dir`), those are served until it is back.

        Raises:
            SettingsError: the address cannot be bound.
            PlatformError: the registry cannot be reached, or this system cannot confine workers as the profile demands.
        """
        self.address = listen(self._server, self.settings, self.log)
        self.observation.start()
        await self._catalogue.meet()
        await self._catalogue.start()
        if self._guard is not None:
            await self._guard.start()
        self.dead_letters.start()
        self._quarantines.start()
        starting = asyncio.create_task(self._pool.start())
        try:
            await asyncio.sleep(0)  # its first process is on its way
            for door in self.doors:
                door.prepare()
        finally:
            await starting
        await self._health.serving()
        await self._server.start()
        for door in self.doors:
            await door.start()

    async def renew(self) -> None:
        """Have workers come from a fresh zygote, with the code that is on disk now. Where that fails, the old ones go on."""
        self.log.info("renewing workers")
        try:
            await self._pool.renew()
        except PlatformError as error:
            self.log.warning("workers were not renewed", code=error.code.text, reason=error.message)
        else:
            self.log.info("renewed workers")

    async def stop(self, grace_seconds: float = 0.0, delay_seconds: float = 0.0) -> bool:
        """Refuse what is new, give what runs `grace_seconds`, end it. Idempotent; a later call may cut an earlier one short.

        Before that it goes on serving for `delay_seconds`, while health says NOT_SERVING already.
        Returns whether everything that ran could finish.
        """
        clock = asyncio.get_running_loop().time
        for door in self.doors:
            door.draining()
        with contextlib.suppress(TimeoutError):  # a peer that watches and does not read would hold this up
            async with asyncio.timeout(_TELLING_SECONDS):
                await self._health.draining()
        await asyncio.sleep(delay_seconds)
        end = clock() + grace_seconds
        self._transform.drain()
        self._tap.drain()
        if grace_seconds:
            await self._gate.close()
        stopping = asyncio.create_task(self._server.stop(grace_seconds or None))
        await asyncio.sleep(0)  # now it has told its peers
        self._gate.refuse()
        finished = await self._gate.empty(end - clock())
        self._early.flush()
        # What is left now are peers that watch health or look at reflection, and answers on their last way.
        await asyncio.wait({stopping}, timeout=min(_LAST_WAY_SECONDS, max(0.0, end - clock())))
        await self._server.stop(None)
        await stopping
        for door in self.doors:
            await door.stop()
        await self._pool.close(max(0.0, end - clock()))
        await self._broker.close()
        await self._tables.close()
        await self._quarantines.close()
        await asyncio.to_thread(self.dead_letters.close, in_a_hurry=not grace_seconds)
        if self._guard is not None:
            await self._guard.close()
        await self._catalogue.close()
        await asyncio.to_thread(self._store.close)
        await asyncio.to_thread(self.observation.close)
        return finished

    def _broker_trouble(self, kind: str, wrong: BaseException) -> None:
        self.log.error("a host call could not be answered", kind=kind, error=type(wrong).__name__)

    @property
    def refused(self) -> int:
        """How many calls were refused because the server was going down."""
        return self._gate.refused

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop(_LEAVING_SECONDS)


class _Door:
    """A server to which services are added by name only, although generated code would add each of their methods, too.

    grpc.aio keeps a call waiting for every added method and looks at all of them for every request: with our two dozen that
    was a tenth of the CPU of a batch of one (650 µs against 580).
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self.add_generic_rpc_handlers = server.add_generic_rpc_handlers

    def add_registered_method_handlers(self, name: str, handlers: object) -> None:
        """Nothing: see above."""


def _options(settings: Settings) -> list[tuple[str, Any]]:
    limits = settings.limits
    return [
        # Ids and metadata may weigh as much as the payloads, a binary comes as base64 and with its cases. What is larger than
        # this is refused before it is parsed.
        (
            "grpc.max_receive_message_length",
            min(max(2 * limits.batch_bytes, limits.binary_bytes * 4 // 3 + 2 * MAX_CASES_BYTES) + _MIB, 2**31 - 1),
        ),
        ("grpc.max_metadata_size", _HEADER_BYTES),
        ("grpc.absolute_max_metadata_size", _HEADER_BYTES),
        ("grpc.max_send_message_length", -1),  # bounded by batch_output_bytes
        ("grpc.so_reuseport", 0),  # a port that another server has is an error, not a share of its traffic
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        *_ages(settings),
    ]


def _ages(settings: Settings) -> list[tuple[str, Any]]:
    if not settings.max_connection_age_seconds:
        return []
    return [
        ("grpc.max_connection_age_ms", round(settings.max_connection_age_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", round(settings.max_connection_age_grace_seconds * 1000)),
    ]
