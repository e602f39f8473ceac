"""Trouble of our own with host calls: code has no answer, the operator has a line."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from transformer.broker import broker as module
from transformer.broker.broker import Broker
from transformer.broker.kv.handler import answer_kv
from transformer.broker.kv.store import StoreError
from transformer.capabilities import Capabilities
from transformer.wire.calls import CallError

KV = Capabilities(kv="", hosts=("*",))
pytestmark = pytest.mark.asyncio


class Store:
    """A store that is away or not."""

    away = True

    async def get(self, workspace, keys):
        if self.away:
            raise StoreError("ConnectionError")
        return [None] * len(keys)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


async def kind_of_error(broker, kind="kv", seconds=20.0):
    try:
        await broker.answer("w", KV, kind, {"op": "get", "keys": ["k"]}, seconds)
    except CallError as wrong:
        return wrong.kind
    return ""


async def test_trouble_is_logged_when_it_begins_and_when_it_ends(monkeypatch):
    monkeypatch.setattr(module, "monotonic", clock := Clock())
    store = Store()
    with capture_logs() as lines:
        broker = Broker(log=structlog.get_logger())
        broker.register("kv", lambda *call: answer_kv(store, *call))
        for _ in range(5):
            assert await kind_of_error(broker) == "unavailable"
        begins = {"event": "host calls in trouble", "log_level": "warning", "kind": "kv", "reason": "ConnectionError"}
        assert lines == [begins]
        clock.now += 61
        await kind_of_error(broker)
        assert lines == [begins] * 2
        clock.now += 2
        store.away = False
        assert [await kind_of_error(broker) for _ in range(3)] == [""] * 3
    assert lines[2:] == [{"event": "host calls work again", "log_level": "info", "kind": "kv"}]


async def test_trouble_that_comes_and_goes_is_not_logged_each_time(monkeypatch):
    monkeypatch.setattr(module, "monotonic", clock := Clock())
    store = Store()
    with capture_logs() as lines:
        broker = Broker(log=structlog.get_logger())
        broker.register("kv", lambda *call: answer_kv(store, *call))
        for _ in range(50):
            store.away = not store.away
            await kind_of_error(broker)
            clock.now += 0.5
    assert len(lines) <= 2


@pytest.mark.parametrize(("kind", "told"), [("kv", "unavailable"), ("fetch", "timeout")])
async def test_what_takes_too_long_is_our_trouble_but_for_what_others_answer(kind, told):
    async def hang(*_):
        await asyncio.Event().wait()

    broker = Broker()
    broker.register(kind, hang)
    assert await kind_of_error(broker, kind, 0.01) == told


async def test_a_handler_with_a_time_of_its_own_has_it():
    broker = Broker()

    async def slow(_workspace, _capabilities, _arguments):
        await asyncio.sleep(0.05)
        return "in time"

    broker.register("geolocation", slow, seconds=20.0)
    broker.register("kv", slow, seconds=0.0)
    assert await broker.answer("w", Capabilities(geolocation=True), "geolocation", {}, 0.001) == "in time"
    with pytest.raises(CallError, match="took longer than"):
        await broker.answer("w", Capabilities(kv=""), "kv", {}, 0.001)
