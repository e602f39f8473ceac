"""Stand-ins for `typing`: names that may stand in annotations and base classes, and do nothing.

The real ones are large and hold the objects that they are given; pasted code only wants them to exist.
"""

from __future__ import annotations

from typing import Any

__all__ = ["HINTS"]

_NAMES = (
    "Any AnyStr Callable ClassVar Collection Counter DefaultDict Deque Dict Final FrozenSet Generator Generic Hashable "
    "Iterable Iterator List Literal Mapping MutableMapping MutableSequence MutableSet NoReturn Never Optional OrderedDict "
    "Pattern Protocol Required NotRequired Self Sequence Set Sized Text Tuple Type TypeAlias Union Annotated "
    "LiteralString SupportsFloat SupportsInt Concatenate "
)


class Hint:
    """A name for an annotation. Subscripts and unions give the same one; as a base class it is as if it were not there."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, item: object) -> Hint:
        return self

    def __or__(self, other: object) -> Hint:
        return self

    __ror__ = __or__

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return ()

    def __repr__(self) -> str:
        return f"typing.{self._name}"


def type_variable(name: object, *_bounds: object, **_options: object) -> Hint:
    """`TypeVar(name)`, `ParamSpec(name)`, `NewType(name, base)`."""
    return Hint(str(name))


def cast(_kind: object, value: Any) -> Any:
    """The value."""
    return value


def unchanged(function: Any) -> Any:
    """The function, for decorators that only inform type checkers."""
    return function


HINTS: dict[str, object] = {
    **{name: Hint(name) for name in _NAMES.split()},
    "TYPE_CHECKING": False,
    "TypeVar": type_variable,
    "NewType": type_variable,
    "ParamSpec": type_variable,
    "cast": cast,
    "final": unchanged,
    "overload": unchanged,
    "override": unchanged,
    "runtime_checkable": unchanged,
}
