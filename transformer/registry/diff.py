"""What changed between two versions, as `diff -u` would show it."""

from __future__ import annotations

from difflib import unified_diff

__all__ = ["unified"]

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified(base: str, target: str, base_name: str, target_name: str) -> str:
    """The unified diff of two sources; "" where they are equal. Lines end at a line feed only, as they do in a file."""
    lines = unified_diff(_lines(base), _lines(target), base_name, target_name)
    return "".join(line if line.endswith("\n") else line + _NO_NEWLINE for line in lines)


def _lines(source: str) -> list[str]:
    lines = [f"{line}\n" for line in source.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
