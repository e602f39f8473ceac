"""The observation of one server, from its settings: its counts, the place where they are read, its traces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from transformer.observe.endpoint import Endpoint
from transformer.observe.exposition import open_registry
from transformer.observe.log import Logger
from transformer.observe.metrics import Metrics
from transformer.observe.requests import Observer
from transformer.settings import Settings

if TYPE_CHECKING:
    from transformer.observe.traces import Traces

__all__ = ["Observation"]


class Observation:
    """Counts from its making on; listens, where the settings say so, between `start` and `close`.

    metrics    what the pool is watched with, and an observer of batches
    requests   what observes requests
    """

    def __init__(self, settings: Settings, log: Logger) -> None:
        """Raises SettingsError: `traces` names no exporter, or one that is not installed."""
        self._settings = settings
        self._endpoint: Endpoint | None = None
        self.metrics = Metrics(settings.metrics_series, settings.gateway_io_bound_batches)
        self._traces = _open_traces(settings, log)
        self.requests = Observer(log, self.metrics, self._traces)

    @property
    def address(self) -> str:
        """host:port of the metrics; "" where nothing listens."""
        return "" if self._endpoint is None else self._endpoint.address

    def start(self) -> None:
        """Listen, in the event loop that the counts are made in. Raises SettingsError: `metrics_listen` cannot be."""
        settings = self._settings
        if settings.metrics_listen and self._endpoint is None:
            registry = open_registry(self.metrics, asyncio.get_running_loop(), settings.profile)
            public = settings.metrics_public or settings.insecure
            self._endpoint = Endpoint(settings.metrics_listen, registry, public=public)

    def close(self) -> None:
        """Listen no more, and hand over the spans that are still held. Blocks for two seconds at most. Idempotent."""
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            endpoint.close()
        traces, self._traces = self._traces, None
        if traces is not None:
            traces.close()


def _open_traces(settings: Settings, log: Logger) -> Traces | None:
    if not settings.traces:
        return None
    from transformer.observe.traces import Traces, open_exporter  # a tenth of a second that few need

    return Traces(open_exporter(settings.traces), log, settings.traces_ratio)
