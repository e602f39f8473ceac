"""`kv` as user code sees it: values by key, kept by the host from one event to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from transformer.engines.base import Host
from transformer.engines.python.asking import ask
from transformer.engines.python.frozen import FrozenModule, freeze

__all__ = ["make_kv"]


def make_kv(host: Host) -> FrozenModule:
    """The functions of one program."""
    functions = (*_reading(host), *_writing(host))
    for each in functions:
        each.__qualname__ = f"kv.{each.__name__}"
    return freeze("kv", {each.__name__: each for each in functions})


def _reading(host: Host) -> tuple[Callable[..., Any], ...]:
    def get(key: str, default: Any = None) -> Any:
        """The value of a key; `default` where there is none."""
        (value,) = ask(host, "kv", {"op": "get", "keys": [_key(key)]})["values"]
        return default if value is None else value

    def get_many(keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that there are, by key: one trip for all."""
        names = list(dict.fromkeys(map(_key, _several(keys))))
        values = ask(host, "kv", {"op": "get", "keys": names})["values"] if names else []
        return {name: value for name, value in zip(names, values, strict=True) if value is not None}

    return get, get_many


def _writing(host: Host) -> tuple[Callable[..., Any], ...]:
    def put(key: str, value: Any, ttl: float | None = None) -> None:
        """Keep a value, for `ttl` seconds or for good."""
        ask(host, "kv", {"op": "set", "items": {_key(key): _value(value)}, "ttl": _ttl(ttl)})

    def set_many(items: Mapping[str, Any], ttl: float | None = None) -> None:
        """Keep many values: one trip for all."""
        kept = {_key(key): _value(value) for key, value in items.items()}
        if kept:
            ask(host, "kv", {"op": "set", "items": kept, "ttl": _ttl(ttl)})

    def increment(key: str, by: float = 1, ttl: float | None = None) -> Any:
        """Add to a number, which begins at 0, and return it. `ttl` counts from the first time."""
        if isinstance(by, bool) or not isinstance(by, (int, float)):
            raise TypeError(f"kv.increment() adds numbers, not {type(by).__name__}")
        return ask(host, "kv", {"op": "increment", "key": _key(key), "by": by, "ttl": _ttl(ttl)})

    def set_if_absent(key: str, value: Any, ttl: float | None = None) -> bool:
        """Keep a value if there is none. Returns whether it was kept."""
        asked = {"op": "set_if_absent", "key": _key(key), "value": _value(value), "ttl": _ttl(ttl)}
        return bool(ask(host, "kv", asked))

    def delete(*keys: str) -> Any:
        """Forget keys. Returns how many there were."""
        return ask(host, "kv", {"op": "delete", "keys": list(map(_key, keys))}) if keys else 0

    put.__name__ = "set"
    return put, set_many, increment, set_if_absent, delete


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"keys of kv are texts, not {type(key).__name__}")
    return str.__str__(key)


def _several(keys: Any) -> Iterable[Any]:
    if isinstance(keys, str):
        raise TypeError("kv.get_many() takes a list of keys; for one there is kv.get()")
    return keys  # type: ignore[no-any-return]  # whatever can be walked through


def _value(value: Any) -> Any:
    if value is None:
        raise TypeError("kv keeps no None: use kv.delete()")
    return value


def _ttl(ttl: Any) -> Any:
    if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not ttl > 0):
        raise ValueError("ttl must be a number of seconds above 0")
    return ttl
