"""A loaded version: runs its module-level code once, and then its entry point."""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Callable, Sequence
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from transformer.engines.base import EntryPoint, Explained, LoadError
from transformer.engines.python.entry import ENTRY_POINTS, NO_ENTRY_POINT
from transformer.engines.python.explain import explain
from transformer.engines.python.stock import MODULE_NAME
from transformer.errors import Problem

__all__ = ["PythonProgram", "execute", "new_space"]


class PythonProgram:
    """One version with its globals."""

    __slots__ = ("_libraries", "_space", "call", "entry_point", "finite")

    text_only = False
    many = None
    raw = None
    entry_point: EntryPoint
    call: Callable[[Any, Callable[[Any], Any]], Any]

    def __init__(
        self,
        code: CodeType,
        space: dict[str, object],
        context: contextvars.Context | None = None,
        libraries: Sequence[tuple[dict[str, object], str]] = (),
        *,
        waits: bool = False,
        finite: bool = False,
    ) -> None:
        """Run the module-level code in `space`. With a context, context variables (decimal's) belong to this program alone.

        `libraries` are the globals and names of those that it uses. `waits`: it asks the host, and is called for other events
        while one waits.

        Raises:
            LoadError: the code raised, or defines no entry point.
        """
        self._space = space
        self._libraries = libraries
        self.finite = finite
        try:
            execute(code, space, context)
        except BaseException as raised:  # noqa: BLE001 - user code may raise anything
            what = explain(raised, space, libraries)
            place = what.place
            message = f"{what.message} (while the code was loaded; catch it or correct it)"
            raise LoadError([Problem(message, place.line if place else 0, place.column if place else 0)]) from None
        found = next((name for name in ENTRY_POINTS if callable(space.get(name))), None)
        if found is None:
            raise LoadError([Problem(NO_ENTRY_POINT)])
        self.entry_point = found
        function: Any = space[found]
        if _takes_one(function):
            function = _with_one_argument(function)
        if context is not None:
            # A context cannot be entered twice. A copy holds the same values, decimal's settings among them.
            function = _in_a_copy(context, function) if waits else partial(context.run, function)
        self.call = function

    def explain(self, raised: BaseException) -> Explained:
        """What `raised`, which came out of `call`, means. A user's own `__str__` runs for it, survived whatever it does."""
        return explain(raised, self._space, self._libraries)


def execute(code: CodeType, space: dict[str, object], context: contextvars.Context | None) -> None:
    """Run module-level code in `space`, and in the context if there is one. Raises whatever the code raises."""
    if context is None:
        exec(code, space)  # noqa: S102 - proven by the policy
    else:
        context.run(exec, code, space)


def new_space(builtins: dict[str, object]) -> dict[str, object]:
    """Fresh globals over these builtins."""
    return {"__builtins__": builtins, "__name__": MODULE_NAME}


def _with_one_argument(function: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def call(event: Any, _metadata: Any) -> Any:
        return function(event)

    return call


def _in_a_copy(context: contextvars.Context, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def call(event: Any, metadata: Any) -> Any:
        return context.copy().run(function, event, metadata)

    return call


def _takes_one(function: object) -> bool:
    """Whether a plain function takes one argument only: pasted code often has no metadata."""
    if type(function) is not FunctionType:
        return False
    code = function.__code__
    return code.co_argcount == 1 and not code.co_flags & inspect.CO_VARARGS
