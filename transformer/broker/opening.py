"""The handlers of host calls that a server offers, all of them, in one visible list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from transformer.broker.broker import Broker
from transformer.broker.fetch import Fetch
from transformer.broker.geolocation import open_geolocation
from transformer.broker.kv.handler import answer_kv
from transformer.broker.kv.opening import open_kv
from transformer.observe import Logger
from transformer.settings import Settings

__all__ = ["open_broker"]

_GRACE_SECONDS: Final = 0.5


def open_broker(
    settings: Settings, trouble: Callable[[str, BaseException], None] | None = None, log: Logger | None = None
) -> Broker:
    """A broker as these settings have it, which logs what it notices of hosts. Close it.

    Raises:
        SettingsError: one of them cannot be had on this machine.
    """
    broker = Broker(trouble, log)
    fetch = Fetch(settings, log)
    broker.register("fetch", fetch.answer, fetch.close, fetch.stats)
    if (geolocation := open_geolocation(settings, log)) is not None:
        own = settings.geolocation_seconds + _GRACE_SECONDS  # so that it is the handler that says what took too long
        broker.register("geolocation", geolocation.answer, geolocation.close, seconds=own)
    if (store := open_kv(settings)) is not None:
        broker.register("kv", partial(answer_kv, store), store.close)
    return broker
