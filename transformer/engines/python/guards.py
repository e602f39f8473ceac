"""What still runs beside user code: the few decisions that need the value, not only its name.

Every guard here is reached under a name with a blank in it, which no source can spell: it can be neither bound nor read nor
shadowed.

A class made by user code carries a mark, set by our `__build_class__`. The mark is an attribute whose name cannot be written
either, so it cannot be forged, and only classes made in the sandbox (and their subclasses) have it. OWN means that every base
is one of ours or a plain builtin: nothing private of the host lives in its instances. MIXED means that a class of the host is
among the bases.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections import Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable
from enum import Enum
from types import FunctionType, MethodType
from typing import Any, Final, TypeVar, cast

from transformer.engines import base
from transformer.engines.python.frozen import FrozenModule
from transformer.engines.python.names import DEFINABLE
from transformer.engines.python.text import Refused, clean, formatting, harmless, modulo, operand, quoted, safe_ascii, spelled
from transformer.engines.python.verdicts import Drop, Invalid, Retry

__all__ = ["GUARD", "forget_default_repr", "made_here", "make_guards", "open_to_programs"]

MARK: Final = "made in the sandbox"
OWN: Final = "own"
MIXED: Final = "mixed"
OPEN: Final = "open to programs"
"""The mark of our own classes whose instances belong to the program that made them: it may set their attributes."""

_AnyClass = TypeVar("_AnyClass", bound=type)


def open_to_programs(made: _AnyClass) -> _AnyClass:
    """A decorator for a class of ours: nothing of the host lives in its instances, and code may write to them.

    Not to the class, which other programs may share.
    """
    type.__setattr__(made, OPEN, made)
    made.__module__ = made.__module__.removeprefix("transformer.engines.python.")  # which is nobody's business
    return made


def is_open(kind_of: type) -> bool:
    """Whether this very class was marked: a class that inherits from it does not get its mark."""
    return getattr(kind_of, OPEN, None) is kind_of


class GUARD:
    """The names of the guards, as the policy writes them into the tree."""

    STORE: Final = "store guard"
    PRIVATE: Final = "private guard"
    DUNDER: Final = "dunder guard"
    ATTRIBUTE: Final = "attribute guard"
    CLASS_OF: Final = "class guard"
    NAME_OF: Final = "name guard"
    HARMLESS: Final = "text guard"
    SPELLED: Final = "str guard"
    QUOTED: Final = "repr guard"
    ASCII: Final = "ascii guard"
    MODULO: Final = "modulo guard"
    OPERAND: Final = "operand guard"


_PLAIN_BASES: Final = frozenset(
    (
        *(object, dict, list, tuple, str, bytes, bytearray, int, float, complex, set, frozenset),
        *(OrderedDict, defaultdict, Counter, deque, UserDict, UserList, decimal.Decimal, json.JSONEncoder, json.JSONDecoder),
        *(dt.date, dt.datetime, dt.time, dt.timedelta, dt.tzinfo),
        *(Drop, Retry, Invalid, base.Drop, base.Retry, base.Invalid),
    )
)
_real_build_class: Final[Callable[..., type]] = __build_class__
_VALUE_TYPES: Final = frozenset(
    {
        *(int, float, bool, str, bytes, bytearray, complex, type(None), dict, list, tuple, set, frozenset, range, slice),
        *(type({}.keys()), type({}.values()), type({}.items()), type(...), type(NotImplemented), object),
    }
)
_ON_BUILTIN_CLASSES: Final = DEFINABLE - {"__repr__", "__str__", "__bytes__", "__hash__", "__call__"}
"""The dunder methods that may be called as `dict.__setitem__(self, key, value)`: none of them gives an address away."""


def made_here(thing: object) -> str | None:
    """OWN or MIXED if `thing` is an instance of a class made in the sandbox, or such a class itself."""
    mark = getattr(type(thing), MARK, None)
    if mark is None and isinstance(thing, type):
        mark = getattr(thing, MARK, None)
    return mark


def _is_plain_base(kind_of: type) -> bool:
    """Whether nothing private of the host lives in instances of this class, nor in the class itself."""
    return (
        kind_of in _PLAIN_BASES
        or (issubclass(kind_of, BaseException) and kind_of.__module__ == "builtins")
        or kind_of.__module__ in {"abc", "collections.abc"}
        or is_open(kind_of)
    )


def _default_repr(self: object) -> str:
    return f"<{type(self).__name__} object>"


def forget_default_repr(made: type) -> None:
    """Make room for a generated `__repr__`: dataclasses keep one that the class has already."""
    if made.__dict__.get("__repr__") is _default_repr:
        type.__delattr__(made, "__repr__")


def build_class(function: Callable[[], object], name: str, *bases: object, **keywords: object) -> type:
    """Python's own `__build_class__`, then the mark."""
    if keywords:
        raise Refused(f"class {name}: keywords in a class statement, such as metaclass, are not allowed")
    made = _real_build_class(function, name, *bases)
    if not isinstance(made, type):
        raise Refused(f"class {name}: its base does not make a class")
    pure = all(getattr(each, MARK, None) == OWN or _is_plain_base(each) for each in made.__mro__[1:])
    type.__setattr__(made, MARK, OWN if pure else MIXED)
    if cast("Any", made).__repr__ is object.__repr__:
        type.__setattr__(made, "__repr__", _default_repr)
    return made


def named(thing: Any) -> str:
    """`thing.__name__`, of classes and functions."""
    found = type.__getattribute__(thing, "__name__") if isinstance(thing, type) else getattr(thing, "__name__", None)
    if type(found) is not str or isinstance(thing, FrozenModule):
        raise Refused(f"__name__ of a {type(thing).__name__!r} is not supported: only classes and functions have one")
    return found


def dunder(thing: Any, name: str) -> Any:
    """`thing.__x__` for the dunder methods that classes may define: of super(), own classes, plain builtin classes."""
    own = made_here(cast("Any", thing).__thisclass__ if type(thing) is super else thing)
    if own or (isinstance(thing, type) and name in _ON_BUILTIN_CLASSES and _is_plain_base(thing)):
        found = getattr(thing, name)
        if name in {"__repr__", "__str__"}:
            return lambda *args: clean(found(*args))
        if type(found) is FunctionType:  # unbound: it takes anything for `self`
            return _for_own_instances(found)
        if name in _ON_BUILTIN_CLASSES or type(found) in (FunctionType, MethodType):
            return found
    raise Refused(f"{name!r} is not allowed here: call it on super() or on one of your own classes")


def _for_own_instances(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a class for objects of own classes only: an `__init__` of the host would set attributes of anything."""

    def call(self: object, *args: object, **named: object) -> Any:
        if getattr(type(self), MARK, None) is None:
            raise Refused(f"{function.__name__!r} is allowed on objects of your own classes only")
        return function(self, *args, **named)

    return call


def attribute(thing: Any, name: str) -> Any:
    """`thing.name` for the names where the value decides."""
    if name == "obj":
        asked = thing if isinstance(thing, type) else type(thing)
        if asked is super or issubclass(asked, (AttributeError, super)):
            raise Refused("attribute 'obj' of an AttributeError is not allowed: it may be anything; its name is in `name`")
    elif name == "register":
        if isinstance(thing, type) or type(thing) is super:
            raise Refused("attribute 'register' of a class is not allowed: inherit from the abstract class instead")
    else:
        return formatting(getattr(thing, name))
    return getattr(thing, name)


def make_class_of(host_classes: frozenset[type]) -> Callable[[object], type]:
    """`type(thing)` for values, exceptions, objects of own and of imported classes; never a class of classes."""

    def class_of(thing: object) -> type:
        found = type(thing)
        own = getattr(found, MARK, None) or issubclass(found, BaseException)
        if found in _VALUE_TYPES or found in host_classes or is_open(found) or (own and not issubclass(found, type)):
            return found
        raise Refused(f"type() of a {kind(thing)} is not supported; isinstance() and callable() are")

    return class_of


def make_type(class_of: Callable[[object], type]) -> type:
    """`type` as user code sees it: of one argument, and what `isinstance(x, type)` asks for."""

    class ClassOfClasses(type):
        def __instancecheck__(cls, thing: object) -> bool:
            return isinstance(thing, type)

        def __call__(cls, *things: object) -> Any:
            if len(things) != 1:
                raise Refused("type() with more than one argument is not supported: write a class statement")
            return class_of(things[0])

    return ClassOfClasses("type", (), {})


def make_guards(space: dict[str, object], host_classes: frozenset[type]) -> dict[str, object]:
    """The guards for code whose globals are `space`, by the names that the policy uses, and `type` as that code sees it."""

    def own_function(thing: object) -> bool:
        return type(thing) is FunctionType and thing.__globals__ is space

    def store(thing: object) -> object:
        """`thing`, if code may set or delete its attributes: own objects, classes and functions, and open ones."""
        if getattr(type(thing), MARK, None) is None:  # the common case decides without a call
            if made_here(thing) or own_function(thing) or type(thing) is decimal.Context or is_open(type(thing)):
                return thing
            raise Refused(f"attributes of a {kind(thing)} cannot be set or deleted, only those of objects of your own classes")
        return thing

    def private(thing: object) -> object:
        """`thing`, if code may use its attributes with one underscore: nothing of the host may live under such names."""
        if getattr(type(thing), MARK, None) is not OWN:
            owner = cast("Any", thing).__self_class__ if type(thing) is super else thing
            if made_here(owner) is not OWN and not own_function(thing) and not is_named_tuple(thing):
                raise Refused(
                    f"attributes that start with '_' are not allowed on a {kind(thing)}, only on objects of your own classes"
                )
        return thing

    class_of = make_class_of(host_classes)
    return {
        "__build_class__": build_class,
        "type": make_type(class_of),
        GUARD.STORE: store,
        GUARD.PRIVATE: private,
        GUARD.DUNDER: dunder,
        GUARD.ATTRIBUTE: attribute,
        GUARD.CLASS_OF: class_of,
        GUARD.NAME_OF: named,
        GUARD.HARMLESS: harmless,
        GUARD.SPELLED: spelled,
        GUARD.QUOTED: quoted,
        GUARD.ASCII: safe_ascii,
        GUARD.MODULO: modulo,
        GUARD.OPERAND: operand,
    }


def is_named_tuple(thing: object) -> bool:
    """Whether `thing` is a named tuple or a class of them: their underscores are public."""
    owner = thing if isinstance(thing, type) else type(thing)
    return issubclass(owner, tuple) and hasattr(owner, "_fields") and not issubclass(owner, Enum)


def kind(thing: object) -> str:
    """What a message calls `thing`: its class's name, never its text."""
    if isinstance(thing, FrozenModule):
        return "module"
    return f"class {thing.__name__!r}" if isinstance(thing, type) else f"{type(thing).__name__!r} object"
