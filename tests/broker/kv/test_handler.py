"""What code may say to kv, and what it is told if it says something else."""

import pytest

from tests.conftest import need_feature
from transformer.broker.kv.embedded import Embedded
from transformer.broker.kv.handler import answer_kv
from transformer.broker.kv.opening import open_kv
from transformer.broker.kv.store import Bounds
from transformer.capabilities import NOTHING, Capabilities
from transformer.settings import Settings, SettingsError
from transformer.wire.calls import CallError

ANY = Capabilities(kv="")


@pytest.fixture
async def ask(tmp_path):
    store = Embedded(tmp_path / "kv", Bounds(workspace_bytes=2**20, all_bytes=2**20))

    async def ask(grants=ANY, **arguments):
        return await answer_kv(store, "workspace", grants, arguments)

    yield ask
    await store.close()


async def test_every_operation_answers_as_it_says(ask):
    value = {"seen": [1, None, "ü"]}
    assert await ask(op="set", items={"a": value, "b": 2}, ttl=60) is None
    assert await ask(op="get", keys=["a", "c", "b"]) == {"values": [value, None, 2]}
    assert await ask(op="increment", key="b") == 3
    assert await ask(op="increment", key="b", by=0.5, ttl=1) == 3.5
    assert await ask(op="set_if_absent", key="b", value=1) is False
    assert await ask(op="set_if_absent", key="c", value=None, ttl=0.5) is True
    assert await ask(op="delete", keys=["a", "b", "x"]) == 2
    assert await ask(op="set", items={}) is None


WRONG = {
    "no operation": ({}, "invalid", "no such operation"),
    "unknown operation": ({"op": "flush"}, "invalid", "get, set"),
    "no keys": ({"op": "get"}, "invalid", "keys are a list"),
    "text for keys": ({"op": "get", "keys": "abc"}, "invalid", "keys are a list"),
    "number as key": ({"op": "delete", "keys": [1]}, "invalid", "a key is a text"),
    "empty key": ({"op": "increment", "key": ""}, "invalid", "a key is a text"),
    "half a pair": ({"op": "get", "keys": ["\ud800"]}, "invalid", "surrogate"),
    "zero byte": ({"op": "get", "keys": ["a\0"]}, "invalid", "none of them 0"),
    "long key": ({"op": "get", "keys": ["ü" * 257]}, "invalid", "514"),
    "many keys": ({"op": "get", "keys": ["a"] * 1001}, "invalid", "at most 1000"),
    "list of items": ({"op": "set", "items": ["a"]}, "invalid", "an object"),
    "bytes": ({"op": "set", "items": {"a": b"1"}}, "invalid", "JSON"),
    "large value": ({"op": "set", "items": {"a": "x" * 70_000}}, "too_large", "65536"),
    "no ttl": ({"op": "set", "items": {"a": 1}, "ttl": 0}, "invalid", "ttl"),
    "long ttl": ({"op": "set_if_absent", "key": "a", "value": 1, "ttl": 1e12}, "invalid", "ttl"),
    "nan": ({"op": "increment", "key": "a", "ttl": float("nan")}, "invalid", "ttl"),
    "true as ttl": ({"op": "set", "items": {"a": 1}, "ttl": True}, "invalid", "ttl"),
    "text to add": ({"op": "increment", "key": "a", "by": "1"}, "invalid", "by is a number"),
    "infinity": ({"op": "increment", "key": "a", "by": float("inf")}, "invalid", "by is a number"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_makes_no_sense_is_refused_with_the_reason(ask, wrong):
    arguments, kind, told = WRONG[wrong]
    with pytest.raises(CallError) as refused:
        await ask(**arguments)
    assert refused.value.kind == kind
    assert told in refused.value.message


async def test_only_what_is_declared_may_be_used(ask):
    with pytest.raises(CallError, match="not declared") as refused:
        await ask(NOTHING, op="get", keys=["a"])
    assert refused.value.kind == "refused"
    grants = Capabilities(kv="visits/")
    for arguments in ({"op": "get", "keys": ["visits/a", "secret-b"]}, {"op": "set", "items": {"secret-b": 1}}):
        with pytest.raises(CallError, match="visits/") as refused:
            await ask(grants, **arguments)
        assert refused.value.kind == "refused"
        assert "secret-b" not in refused.value.message
    assert await ask(grants, op="increment", key="visits/a") == 1


async def test_trouble_says_neither_key_nor_value(ask):
    await ask(op="set", items={"jane@example.com": "card 4111"})
    with pytest.raises(CallError, match="no number") as refused:
        await ask(op="increment", key="jane@example.com")
    assert (refused.value.kind, "jane" in refused.value.message) == ("invalid", False)
    for number in range(16):
        await ask(op="set", items={f"jane-{number}": "x" * 60_000})
    with pytest.raises(CallError, match="is full") as refused:
        await ask(op="set", items={f"jane-{number}": "x" * 60_000 for number in range(16, 30)})
    assert (refused.value.kind, "jane" in refused.value.message) == ("too_large", False)


@pytest.mark.parametrize(
    "kv", ["embeded", "", "redis", "redis:x", "http://h", "redis://host:port/0", "redis://h/x", "unix:x", "none:", "embedded:"]
)
def test_a_setting_that_is_none_of_its_forms_is_refused_without_being_quoted(kv):
    with pytest.raises(SettingsError, match="write embedded") as refused:
        open_kv(Settings(kv=kv))
    assert kv in {"", "redis", "embeded"} or kv not in str(refused.value).partition(";")[0]


def test_the_setting_says_where_entries_lie(tmp_path):
    need_feature("redis")
    assert open_kv(Settings(kv="none")) is None
    beside = open_kv(Settings(database_url=f"sqlite:///{tmp_path}/registry.db"))
    assert beside._file == tmp_path / "registry.db.kv"
    assert open_kv(Settings(kv=f"embedded:{tmp_path}/other"))._file == tmp_path / "other"
    assert type(open_kv(Settings(kv="valkey://127.0.0.1:1/0"))).__name__ == "Server"
