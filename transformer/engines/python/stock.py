"""Our own versions of the few library functions that would touch more than user code made."""

from __future__ import annotations

import abc
import copy
import dataclasses
import decimal
import functools
from collections import namedtuple
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from transformer.engines.python.guards import forget_default_repr, made_here
from transformer.engines.python.names import GUARDED, forbidden
from transformer.engines.python.text import Refused

__all__ = ["ABC", "COLLECTIONS", "COPY", "DATACLASSES", "FUNCTOOLS", "MODULE_NAME"]

MODULE_NAME = "transformation"
"""What the classes of user code give as their module."""


def _require_own_class(name: str, made: Any) -> None:
    if not isinstance(made, type) or not made_here(made):
        raise Refused(f"{name}() is allowed on your own classes only")


def total_ordering(made: type) -> type:
    """`functools.total_ordering`, for own classes."""
    _require_own_class("total_ordering", made)
    return functools.total_ordering(made)


def _is_own_function(thing: Any) -> bool:
    return type(thing) is FunctionType and thing.__globals__.get("__name__") == MODULE_NAME


def abstractmethod(function: Any) -> Any:
    """`abc.abstractmethod`, which marks own functions only."""
    return abc.abstractmethod(function) if _is_own_function(function) else function


def update_wrapper(wrapper: Any, wrapped: Any) -> Any:
    """Give an own function the name and the text of the one that it wraps. Nothing else: the real one copies namespaces."""
    if _is_own_function(wrapper) and type(wrapped) is FunctionType:
        wrapper.__name__, wrapper.__qualname__, wrapper.__doc__ = wrapped.__name__, wrapped.__qualname__, wrapped.__doc__
    return wrapper


def wraps(wrapped: Any) -> Callable[[Any], Any]:
    """`functools.wraps`."""
    return lambda wrapper: update_wrapper(wrapper, wrapped)


def dataclass(cls: type | None = None, /, **options: bool) -> Any:
    """`dataclasses.dataclass`, for own classes, without `match_args`: match would read attributes by position."""
    if unknown := options.keys() - {"init", "repr", "eq", "order", "unsafe_hash", "frozen", "kw_only", "slots"}:
        raise TypeError(f"dataclass() got an unexpected keyword argument {min(unknown)!r}")

    def make(made: type) -> type:
        _require_own_class("dataclass", made)
        if options.get("repr", True):
            forget_default_repr(made)
        return dataclasses.dataclass(match_args=False, **options)(made)

    return make if cls is None else make(cls)


def named_tuple(typename: str, field_names: str | Iterable[str], *, rename: bool = False, defaults: Any = None) -> Any:
    """`collections.namedtuple`, whose fields match reads by position: their names are held to the list of attributes."""
    listed = field_names.replace(",", " ").split() if isinstance(field_names, str) else field_names
    fields = [str.__str__(each) for each in listed]
    for each in fields:
        if each in GUARDED or forbidden(each):
            raise Refused(f"a field of a named tuple cannot be called {each!r}: choose another name")
    make: Any = namedtuple  # noqa: PYI024 - this is that function
    return make(str(typename), fields, rename=rename, defaults=defaults, module=MODULE_NAME)


def deepcopy(value: Any) -> Any:
    """`copy.deepcopy(value)`, without the memo, whose keys are addresses."""
    return copy.deepcopy(value)


def local_context(ctx: decimal.Context | None = None, **changes: Any) -> Any:
    """`decimal.localcontext`."""
    return decimal.localcontext(ctx, **changes)


ABC = {"abstractmethod": abstractmethod}
COLLECTIONS = {"namedtuple": named_tuple}
COPY = {"copy": copy.copy, "deepcopy": deepcopy}
DATACLASSES = {"dataclass": dataclass}
FUNCTOOLS = {"total_ordering": total_ordering, "update_wrapper": update_wrapper, "wraps": wraps}
