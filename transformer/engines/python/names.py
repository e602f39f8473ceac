"""Which names and attributes user code may write, each refusal with its reason.

This is the reviewed data behind the policy: the policy proves names at compile time, so a name that is harmless here is never
looked at again while code runs. Whoever hands out a new object must ask whether one of its public attributes belongs on these
lists.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ABSENT_BUILTINS",
    "DEFINABLE",
    "FORBIDDEN",
    "FORBIDDEN_PREFIXES",
    "GUARDED",
    "NAMED_TUPLE",
    "READABLE",
    "forbidden",
    "is_dunder",
]

_FRAME = "it reaches the frames of the interpreter (CVE-2023-37271)"
_CODE = "it reaches code objects"

FORBIDDEN: Final[dict[str, str]] = {
    **dict.fromkeys(("f_back", "f_builtins", "f_code", "f_generator", "f_globals", "f_lasti", "f_lineno", "f_locals"), _FRAME),
    **dict.fromkeys(("f_trace", "f_trace_lines", "f_trace_opcodes"), _FRAME),
    **dict.fromkeys(("co_argcount", "co_code", "co_cellvars", "co_consts", "co_exceptiontable", "co_filename"), _CODE),
    **dict.fromkeys(("co_firstlineno", "co_flags", "co_freevars", "co_kwonlyargcount", "co_lines", "co_linetable"), _CODE),
    **dict.fromkeys(("co_lnotab", "co_name", "co_names", "co_nlocals", "co_positions", "co_posonlyargcount"), _CODE),
    **dict.fromkeys(("co_qualname", "co_stacksize", "co_varnames", "co_branches"), _CODE),
    **dict.fromkeys(("fget", "fset", "fdel"), "it takes a property apart and hands out functions of the host"),
    "cell_contents": "it reads the closures of functions",
    "mro": "it walks from a class to every class of the interpreter",
    "with_traceback": "it joins exceptions and frames",
}
"""Attributes that are refused wherever they are written, whatever the object."""

FORBIDDEN_PREFIXES: Final[dict[str, str]] = {
    "gi_": "it reaches the frame of a generator (CVE-2023-37271)",
    "ag_": "it reaches the frame of an asynchronous generator (fixed in RestrictedPython 8.5)",
    "cr_": "it reaches the frame of a coroutine",
    "tb_": "it reaches the frames behind a traceback",
}

GUARDED: Final[dict[str, str]] = {
    "format": "`str.format` walks attributes by name (CVE-2023-41039); on a string a checked one takes its place",
    "format_map": "the same",
    "obj": "`AttributeError.obj` is the object on which an attribute was missed, a host object for instance (CVE-2024-47532)",
    "register": "`ABCMeta.register` changes what isinstance() says for everybody, and makes match read attributes of strangers",
}
"""Attributes where the value decides: these few, and only these, cost a call at run time."""

NAMED_TUPLE: Final = frozenset({"_asdict", "_field_defaults", "_fields", "_make", "_replace"})
"""Attributes with an underscore that belong to the public interface of a named tuple."""

READABLE: Final = frozenset({"__class__", "__name__"})
"""Dunder attributes that may be read of anything: the first answers like type(), the second is a string."""

_UNARY = ("neg", "pos", "abs", "invert", "bool", "int", "float", "complex", "index", "round", "trunc", "floor", "ceil")
_BINARY = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift", "and", "xor", "or")
_INPLACE = tuple(name for name in _BINARY if name != "divmod")

DEFINABLE: Final = frozenset(
    f"__{name}__"
    for name in (
        *("init", "post_init", "call", "repr", "str", "bytes", "hash", "len"),
        *("eq", "ne", "lt", "le", "gt", "ge"),
        *("iter", "next", "reversed", "contains", "getitem", "setitem", "delitem", "missing", "enter", "exit"),
        *_UNARY,
        *_BINARY,
        *("r" + name for name in _BINARY),
        *("i" + name for name in _INPLACE),
    )
)
"""The dunder methods that a user's class may define, and may call on `super()` and on its own classes.

Not on it, with the reason: `__getattr__ __getattribute__ __setattr__ __delattr__ __get__ __set__ __delete__ __set_name__` (they
answer for attributes that were proven harmless by name), `__new__ __init_subclass__ __class_getitem__ __prepare__
__mro_entries__ __slots__ __class__ __dict__ __instancecheck__ __subclasscheck__` (they decide what a class is),
`__match_args__` (match would read any attribute by position), `__format__ __del__ __reduce__ __reduce_ex__ __getstate__
__setstate__ __copy__ __deepcopy__` (called by host code with host values or at any time), `__await__ __aiter__ __anext__
__aenter__ __aexit__` (there is no async), `__builtins__ __import__ __loader__ __spec__`.
"""

_NO_CODE = "code cannot be made while it runs; write it into the transformation"
_NO_NAMESPACE = "namespaces cannot be looked into; name what you need"
_NO_FILES = "transformations have no files and no terminal"

ABSENT_BUILTINS: Final[dict[str, str]] = {
    "open": _NO_FILES,
    "input": _NO_FILES,
    "eval": _NO_CODE,
    "exec": _NO_CODE,
    "compile": _NO_CODE,
    "globals": _NO_NAMESPACE,
    "locals": _NO_NAMESPACE,
    "vars": _NO_NAMESPACE,
    "dir": _NO_NAMESPACE,
    "id": "an address says nothing about an event; use hash() of a string, or hashlib",
    "memoryview": "use bytes or bytearray",
    "breakpoint": "there is no debugger; use log()",
    "help": "there is no terminal; use log()",
    "exit": "return None or raise Drop() to drop an event",
    "quit": "return None or raise Drop() to drop an event",
    "aiter": "there is no async; use iter()",
    "anext": "there is no async; use next()",
    "BaseExceptionGroup": "groups of exceptions are not supported; raise one exception",
    "ExceptionGroup": "groups of exceptions are not supported; raise one exception",
}
"""Builtins that user code does not get, with what to do instead. Defining one's own name like that is fine."""


def is_dunder(name: str) -> bool:
    """Whether Python itself may give the name a meaning: `__x__`. Everything else with underscores is only a name."""
    return name.startswith("__") and name.endswith("__") and len(name) > 4


def forbidden(name: str) -> str | None:
    """Why no attribute of this name may be touched, or None."""
    return FORBIDDEN.get(name) or FORBIDDEN_PREFIXES.get(name[:3])
