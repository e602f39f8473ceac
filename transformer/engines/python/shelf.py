"""Builds the frozen modules, once per process; `random` once per program, because it has a state.

Everything that a handed-out function would import or read later is imported and read here: the worker has no files.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
import time
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from types import MappingProxyType, ModuleType
from typing import Any, Final

from transformer.engines.python import stock
from transformer.engines.python.calls import CLOSED_DOOR
from transformer.engines.python.frozen import FrozenModule, freeze
from transformer.engines.python.hints import HINTS
from transformer.engines.python.modules import HANDED_OUT
from transformer.engines.python.requests.sending import Door
from transformer.engines.python.requests.surface import ROOTS, make_modules
from transformer.engines.python.zones import install_zones

__all__ = ["Shelf"]

_ENCODINGS: Final = (
    "ascii latin-1 utf-8 utf-8-sig utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be utf-7 cp1252 cp1251 cp1250 cp437 "
    "iso8859-15 iso8859-2 unicode_escape raw_unicode_escape idna punycode charmap "
)
_LATE: Final = ("_strptime", "encodings.aliases", "stringprep", "copyreg", "heapq", "bisect", "locale")


class Shelf:
    """The modules that may be imported. One shelf per process, shared by all programs, changed by none."""

    def __init__(self) -> None:
        os.environ["TZ"] = "UTC0"
        time.tzset()
        # Where dataclasses look for names in string annotations.
        sys.modules.setdefault(stock.MODULE_NAME, ModuleType(stock.MODULE_NAME))
        zones = install_zones()
        replaced: dict[str, Mapping[str, Any]] = {
            "abc": stock.ABC,
            "collections": stock.COLLECTIONS,
            "copy": stock.COPY,
            "dataclasses": stock.DATACLASSES,
            "functools": stock.FUNCTOOLS,
            "typing": HINTS,
            "zoneinfo": {"available_timezones": lambda: set(zones)},
        }
        self._modules: dict[str, FrozenModule] = {}
        self._exports: dict[str, frozenset[str]] = {}
        for name in sorted(HANDED_OUT, key=lambda name: (-name.count("."), name == "base64")):  # what others hold comes first
            self._add(name, replaced.get(name, {}))
        closed = make_modules(CLOSED_DOOR)  # what programs see of it is theirs: see `modules`
        self._modules |= closed
        self._exports |= {name: frozenset(key for key in vars(module) if " " not in key) for name, module in closed.items()}
        _seal()
        _warm()

    @property
    def classes(self) -> frozenset[type]:
        """The classes that the modules hand out."""
        return frozenset(
            value for module in self._modules.values() for value in vars(module).values() if isinstance(value, type)
        )

    @property
    def names(self) -> AbstractSet[str]:
        """The modules."""
        return self._exports.keys()

    @property
    def exports(self) -> Mapping[str, Collection[str]]:
        """What each module hands out."""
        return self._exports

    def modules(self, imported: Collection[str], door: Door) -> dict[str, FrozenModule]:
        """The modules for one program, with its own random generator, and its own door where `imported` has use for one."""
        own = make_modules(door) if any(name.partition(".")[0] in ROOTS for name in imported) else {}
        return {**self._modules, "random": self._random(), **own}

    def _add(self, name: str, replaced: Mapping[str, Any]) -> None:
        real = ModuleType(name) if name == "typing" else importlib.import_module(name)
        wanted = tuple(HINTS) if name == "typing" else HANDED_OUT[name].split()
        contents: dict[str, object] = {}
        for each in wanted:
            inner = self._modules.get(f"{name}.{each}") or (self._modules.get(each) if name == "base64" else None)
            if inner is not None:
                contents[each] = inner
            elif each in replaced:
                contents[each] = replaced[each]
            elif hasattr(real, each):
                value = getattr(real, each)
                contents[each] = frozenset(value) if isinstance(value, set) else value
        self._modules[name] = freeze(name, contents, real)
        self._exports[name] = frozenset(contents)

    def _random(self) -> FrozenModule:
        generator = random.Random()  # noqa: S311 - for user code, which asked for it
        own: dict[str, object] = {}
        for each in self._exports["random"]:
            own[each] = getattr(random if each[0].isupper() else generator, each)
        return freeze("random", own, random)


def _seal() -> None:
    """Make what hangs on handed-out classes unchangeable: one program must not change it under another."""
    from calendar import Calendar, HTMLCalendar
    from textwrap import TextWrapper

    from dateutil.parser import parserinfo

    if hasattr(Calendar, "setfirstweekday"):  # called on a class, it would change the class; the constructor takes the day
        del Calendar.setfirstweekday
    for owner in (parserinfo, HTMLCalendar, TextWrapper):
        for name, value in list(vars(owner).items()):
            if isinstance(value, list):
                setattr(owner, name, tuple(value))
            elif isinstance(value, dict):
                setattr(owner, name, MappingProxyType(value))


def _warm() -> None:
    """Load what is loaded late, while there still are files."""
    for name in _LATE:
        importlib.import_module(name)
    for encoding in _ENCODINGS.split():
        "a".encode(encoding)
    time.strptime("2020", "%Y")
    time.localtime()
    datetime.strptime("2020-01-01 +0000", "%Y-%m-%d %z").astimezone()
