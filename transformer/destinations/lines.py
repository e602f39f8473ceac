"""YAML that remembers its lines, so that what is wrong with a definition can be pointed at.

As plain as manifests are: one document, no tags, no aliases, no key twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from transformer.manifest import PlainLoader

__all__ = ["Block", "DefinitionError", "Line", "parse_block", "place", "read_block"]

_MAX_BYTES: Final = 1 << 20


class DefinitionError(ValueError):
    """A definition cannot be used: each of `problems` begins with the file and the line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Line(int):
    """The number of a line that knows its file: what a destination takes over from another stands in that one's."""

    file: str = ""


def place(line: int, path: object) -> str:
    """Where a line is, as problems begin. `path` is the file of a line that knows none."""
    return f"{getattr(line, 'file', '') or path}:{line:d}"


class Block(dict[str, Any]):
    """A mapping that knows the line that it begins in, and the line of each key."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.line = 0
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """The line of a key; the block's own where the key is not there."""
        return self.lines.get(key, self.line)


class _Loader(PlainLoader):
    """Makes blocks of mappings."""


def _block(loader: _Loader, node: yaml.MappingNode) -> Block:
    block = Block(loader.construct_mapping(node, deep=True))
    block.line = _line(node.start_mark)
    block.lines = {key.value: _line(key.start_mark) for key, _ in node.value}
    return block


def _line(mark: yaml.Mark) -> Line:
    line = Line(mark.line + 1)
    line.file = mark.name
    return line


_Loader.add_constructor("tag:yaml.org,2002:map", _block)


def read_block(path: Path) -> Block:
    """The mapping in a YAML file. Raises DefinitionError: it cannot be read, or is no plain mapping."""
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise DefinitionError([f"{path}: {(wrong.strerror or 'cannot be read').lower()}"]) from None
    return parse_block(content, str(path))


def parse_block(content: bytes, name: str) -> Block:
    """The mapping in YAML; `name` stands for the file in problems. Raises DefinitionError: it is no plain mapping."""
    if len(content) > _MAX_BYTES:
        raise DefinitionError([f"{name}: {len(content)} bytes are too many; at most {_MAX_BYTES}"])
    try:
        loader = _Loader(content.decode())
        loader.name = name  # which the marks of its lines then have
        read = loader.get_single_data()
    except UnicodeDecodeError as wrong:
        raise DefinitionError([f"{name}: byte {wrong.start} is not UTF-8"]) from None
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        raise DefinitionError([f"{name}:{line}: {wrong.problem or 'is not YAML'}"]) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise DefinitionError([f"{name}: is not YAML"]) from None
    if not isinstance(read, Block):
        raise DefinitionError([f"{name}:1: is no mapping of keys to values"])
    return read
