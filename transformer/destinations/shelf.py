"""The destinations that we ship, by their names. Each is read and compiled when it is asked for, and then kept."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

from transformer.destinations.compile import CompiledDestination, compile_definition
from transformer.destinations.definition import Definition, read_definition

__all__ = ["compiled", "definition_of", "folder", "names", "no_such"]


def folder() -> Path:
    """Where the destinations lie: in the package where it was installed, in the repository where one works on it."""
    packaged = Path(__file__).with_name("shipped")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "library" / "destinations"


@cache
def names() -> tuple[str, ...]:
    """Every destination, by name."""
    return tuple(sorted(path.parent.name for path in folder().glob("*/destination.yaml")))


def no_such(name: str) -> str:
    """A sentence for who asks for a destination that there is not, naming those that are near."""
    near = get_close_matches(name, names(), n=3)
    return f"there is no destination {name[:64]!r}" + (
        f"; did you mean {' or '.join(near)}?" if near else "; `transformer mapper list` shows all"
    )


@cache
def definition_of(name: str) -> Definition:
    """A destination's definition. Raises KeyError if there is none, DefinitionError if it is not as it should be."""
    if name not in names():
        raise KeyError(name)
    return read_definition(folder() / name)


@cache
def compiled(name: str) -> CompiledDestination:
    """A destination, compiled. Raises as `definition_of` does."""
    return compile_definition(definition_of(name))
