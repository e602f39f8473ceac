"""What a library's code reads as `parameters`: plain dicts and lists that refuse to be changed.

Whoever puts a part of them into an event and changes that event later would change every event after it: so it is refused, and
a deep copy is an ordinary value.
"""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

from transformer.engines.python.text import Refused

__all__ = ["read_parameters"]

_TOLD: Final = "parameters cannot be changed: change a copy.deepcopy() of them"


def read_parameters(text: str) -> dict[str, Any]:
    """The object that `text` holds, as JSON."""
    sealed: dict[str, Any] = _sealed(json.loads(text))
    return sealed


def _sealed(value: Any) -> Any:
    if isinstance(value, dict):
        return _ReadOnlyDict((key, _sealed(each)) for key, each in value.items())
    if isinstance(value, list):
        return _ReadOnlyList(_sealed(each) for each in value)
    return value


def _open(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _open(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_open(each) for each in value]
    return value


def _refuse(*_args: object, **_named: object) -> NoReturn:
    raise Refused(_TOLD)


class _ReadOnlyDict(dict[str, Any]):
    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        opened: dict[str, Any] = _open(self)
        return opened


class _ReadOnlyList(list[Any]):
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: object) -> list[Any]:
        opened: list[Any] = _open(self)
        return opened
