"""The host call `kv`: what code asks for is checked here, before a store sees it.

    {"op": "get", "keys": […]}                                  {"values": […]}, null where there is none
    {"op": "set", "items": {key: value}, "ttl": seconds}        null
    {"op": "set_if_absent", "key": …, "value": …, "ttl": …}     whether it was set
    {"op": "increment", "key": …, "by": 1, "ttl": …}            the sum
    {"op": "delete", "keys": […]}                               how many there were

No message names a key or a value: both are event data.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

from transformer.broker.kv.store import FullError, NotANumberError, Number, Store, StoreError
from transformer.capabilities import Capabilities
from transformer.wire.calls import CallError

__all__ = ["KEYS", "KEY_BYTES", "TTL_SECONDS", "VALUE_BYTES", "answer_kv"]

KEYS: Final = 1000
"""Keys of one call."""
KEY_BYTES: Final = 512
VALUE_BYTES: Final = 64 * 1024
TTL_SECONDS: Final = 10 * 366 * 86_400.0
"""The longest time to live."""

_Operation = Callable[[Store, str, Capabilities, Mapping[str, Any]], Awaitable[Any]]


async def answer_kv(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> Any:
    """The value of a call of kind `kv`.

    Raises:
        CallError: refused, invalid, too_large or unavailable.
    """
    if grants.kv is None:
        raise CallError("refused", 'kv is not declared: add kv: "" to the capabilities in the manifest')
    operation = _OPERATIONS.get(str(arguments.get("op")))
    if operation is None:
        raise CallError("invalid", f"kv has no such operation; there are {', '.join(_OPERATIONS)}")
    try:
        return await operation(store, workspace, grants, arguments)
    except FullError as full:
        raise CallError("too_large", str(full)) from None
    except NotANumberError:
        raise CallError("invalid", "kv.increment: what is there is no number, or the sum is out of range") from None
    except StoreError as wrong:
        raise CallError("unavailable", "the key-value store cannot be reached") from wrong


async def _get(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> Any:
    found = await store.get(workspace, _keys("get", arguments, grants))
    return {"values": [None if value is None else orjson.loads(value) for value in found]}


async def _set(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> None:
    items, ttl = arguments.get("items"), _ttl("set", arguments)
    if not isinstance(items, Mapping):
        raise CallError("invalid", "kv.set: items are an object of keys and values")
    keys = _checked("set", list(items), grants)
    if keys:
        await store.set(workspace, {key: _value("set", items[key]) for key in keys}, ttl)


async def _set_if_absent(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> bool:
    key, ttl = _key("set_if_absent", arguments, grants), _ttl("set_if_absent", arguments)
    return await store.set_if_absent(workspace, key, _value("set_if_absent", arguments.get("value")), ttl)


async def _increment(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> Number:
    key, by, ttl = _key("increment", arguments, grants), arguments.get("by", 1), _ttl("increment", arguments)
    if type(by) not in {int, float} or not math.isfinite(by):
        raise CallError("invalid", "kv.increment: by is a number")
    return await store.increment(workspace, key, by, ttl)


async def _delete(store: Store, workspace: str, grants: Capabilities, arguments: Mapping[str, Any]) -> int:
    return await store.delete(workspace, _keys("delete", arguments, grants))


_OPERATIONS: Final[dict[str, _Operation]] = {
    "get": _get,
    "set": _set,
    "set_if_absent": _set_if_absent,
    "increment": _increment,
    "delete": _delete,
}


def _keys(operation: str, arguments: Mapping[str, Any], grants: Capabilities) -> list[str]:
    keys = arguments.get("keys")
    if not isinstance(keys, (list, tuple)):
        raise CallError("invalid", f"kv.{operation}: keys are a list of texts")
    return _checked(operation, list(keys), grants)


def _key(operation: str, arguments: Mapping[str, Any], grants: Capabilities) -> str:
    return _checked(operation, [arguments.get("key")], grants)[0]


def _checked(operation: str, keys: list[Any], grants: Capabilities) -> list[str]:
    if len(keys) > KEYS:
        raise CallError("invalid", f"kv.{operation}: {len(keys)} keys; at most {KEYS} go into one call")
    for key in keys:
        if not isinstance(key, str) or not key:
            raise CallError("invalid", f"kv.{operation}: a key is a text that is not empty")
        try:
            size = len(key.encode())
        except UnicodeEncodeError:
            raise CallError("invalid", f"kv.{operation}: a key holds half of a surrogate pair") from None
        if size > KEY_BYTES or "\0" in key:
            raise CallError(
                "invalid", f"kv.{operation}: a key has up to {KEY_BYTES} bytes, none of them 0; this one has {size}"
            )
        if not grants.allows_key(key):
            told = f"kv.{operation}: the key does not begin with {grants.kv!r}, which is what the manifest declares"
            raise CallError("refused", told)
    return keys


def _value(operation: str, value: Any) -> bytes:
    try:
        payload = orjson.dumps(value)
    except (TypeError, ValueError):
        raise CallError("invalid", f"kv.{operation}: the value cannot be said in JSON") from None
    if len(payload) > VALUE_BYTES:
        told = f"kv.{operation}: a value of {len(payload)} bytes; at most {VALUE_BYTES} are kept under one key"
        raise CallError("too_large", told)
    return payload


def _ttl(operation: str, arguments: Mapping[str, Any]) -> float | None:
    ttl = arguments.get("ttl")
    if ttl is None:
        return None
    if type(ttl) not in {int, float} or not 0.001 <= ttl <= TTL_SECONDS:
        raise CallError("invalid", f"kv.{operation}: ttl is a number of seconds, from 0.001 up to {TTL_SECONDS:.0f}")
    return float(ttl)
