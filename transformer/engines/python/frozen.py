"""Modules as user code sees them: the reviewed names of a real module, and nothing behind them.

A frozen module is no module: it has no `__dict__` that code can reach, no way to its real module, no name for the import
machinery to look up elsewhere, and copying it gives the same one. Nobody can set its attributes, because the policy lets code
set attributes only of its own objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, NoReturn

from transformer.engines.python.text import Refused

__all__ = ["FrozenModule", "freeze", "importer", "make_module"]


class FrozenModule:
    """The reviewed attributes of one module."""

    __slots__ = ("__dict__",)

    def __getattr__(self, name: str) -> NoReturn:
        """Say that `name` is not handed out. Raises Refused: after an AttributeError, import would look elsewhere."""
        own = object.__getattribute__(self, "frozen name")
        if name in object.__getattribute__(self, "real modules"):
            raise Refused(f"module {name!r}: attribute access through {own!r} is not allowed")
        raise Refused(f"attribute access to {name!r} of module {own!r} is not allowed: it does not exist or is not handed out")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise Refused(f"module {object.__getattribute__(self, 'frozen name')!r} cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise Refused(f"module {object.__getattribute__(self, 'frozen name')!r} cannot be changed")

    def __repr__(self) -> str:
        return f"module {object.__getattribute__(self, 'frozen name')!r}"

    def __copy__(self) -> FrozenModule:
        return self

    def __deepcopy__(self, memo: object) -> FrozenModule:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise Refused("modules cannot be copied")


def freeze(
    name: str, contents: Mapping[str, object], real: ModuleType | None = None, *, hidden: frozenset[str] = frozenset()
) -> FrozenModule:
    """A frozen module of these contents. `real` only lends the names of modules in it, for better messages; so does `hidden`.

    Raises:
        ValueError: if something in it could be changed by one program and seen by another.
    """
    for key, value in contents.items():
        if isinstance(value, (dict, list, set, bytearray, ModuleType)):
            raise ValueError(f"{name}.{key} is a {type(value).__name__}: hand out a copy that cannot be changed")  # noqa: TRY004 - the list is wrong, no type
    if real is not None:
        hidden |= frozenset(key for key, value in vars(real).items() if isinstance(value, ModuleType))
    return make_module(name, contents, hidden)


def make_module(name: str, contents: Mapping[str, object], hidden: frozenset[str] = frozenset()) -> FrozenModule:
    """A frozen module of what one program may change, if it can: its own libraries. `hidden` are names of modules in it."""
    made = FrozenModule()
    object.__setattr__(made, "frozen name", name)
    object.__setattr__(made, "real modules", hidden)
    for key, value in contents.items():
        object.__setattr__(made, key, value)
    return made


_ASKED_FOR_BY_C: Final = frozenset({"_strptime"})
"""From 3.12 on, strptime() imports by its caller's `__import__`, then takes the module from sys.modules, not what it got."""


def importer(modules: Mapping[str, FrozenModule]) -> Callable[..., FrozenModule | None]:
    """`__import__` over these modules. The policy has looked at every import; this only finds what it let through."""

    def find(
        name: str, _globals: Any = None, _locals: Any = None, names: tuple[str, ...] | None = (), level: int = 0
    ) -> FrozenModule | None:
        if name in _ASKED_FOR_BY_C:
            return None
        if level or name not in modules:
            raise Refused(f"Import of {name!r} is not allowed.")
        return modules[name if names else name.partition(".")[0]]

    return find
