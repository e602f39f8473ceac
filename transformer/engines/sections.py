"""What is in a WebAssembly binary, as lines of text: for people, and for what changed between two of them.

Reads heads of sections, imports and exports; never code. The binary may be anything: what cannot be read is said to be so, and
the work is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final

__all__ = ["describe"]

_MODULE: Final = b"\0asm\x01\0\0\0"
_COMPONENT: Final = b"\0asm\x0d\0\x01\0"
_MODULE_SECTIONS: Final = (
    "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data",
    "data count", "tag",
)  # fmt: skip
_COMPONENT_SECTIONS: Final = (
    "custom", "core module", "core instance", "core type", "component", "instance", "alias", "type", "canonical function",
    "start", "import", "export", "value",
)  # fmt: skip
_MODULE_KINDS: Final = ("function", "table", "memory", "global", "tag")
_COMPONENT_KINDS: Final = ("core module", "function", "value", "type", "component", "instance")
_MOST: Final = 500
_SMALL_BYTES: Final = 1024
_NAME_CHARS: Final = 120
_DIGITS: Final = 16


def describe(content: bytes) -> str:
    """The kind, size and hash of the binary; what it imports and exports; its sections, with sizes and hashes."""
    kind = {_MODULE: "core module", _COMPONENT: "component"}.get(content[:8], "not WebAssembly, or of an unknown version")
    lines = [f"WebAssembly: {kind}", f"{len(content)} bytes, sha256 {sha256(content).hexdigest()}"]
    if content[:8] in {_MODULE, _COMPONENT}:
        try:
            lines += _Reader(content, 8).sections(component=content[:8] == _COMPONENT)
        except (IndexError, ValueError):
            lines.append("the rest cannot be read")
    return "".join(f"{line}\n" for line in lines)


class _Reader:
    """A place in a binary. Raises IndexError or ValueError where that is over, or is not what it should be."""

    def __init__(self, content: bytes, at: int, end: int | None = None) -> None:
        self._content = content
        self._at = at
        self._end = len(content) if end is None else end

    def sections(self, *, component: bool) -> list[str]:
        names = _COMPONENT_SECTIONS if component else _MODULE_SECTIONS
        entries: list[str] = []
        told: list[str] = []
        small, rest = 0, sha256()  # a component has a hundred that say little
        while self._at < self._end and len(told) < _MOST:
            number, size = self._byte(), self._number()
            name, end = names[number], self._at + size
            if end > self._end:
                raise ValueError("a section that is cut off")
            body = _Reader(self._content, self._at, end)
            if name in {"import", "export"}:
                entries += body._entries(name, component=component)
            content = memoryview(self._content)[self._at : end]
            if component and size < _SMALL_BYTES:
                small += 1
                rest.update(content)
            else:
                shown = f"{name} {body._name()}" if name == "custom" else name
                told.append(f"section {shown}: {size} bytes, {sha256(content).hexdigest()[:_DIGITS]}")
            self._at = end
        if small:
            told.append(f"{small} sections of less than {_SMALL_BYTES} bytes: {rest.hexdigest()[:_DIGITS]}")
        return [*entries, *told] if self._at == self._end else [*entries, *told, "more sections"]

    def _entries(self, what: str, *, component: bool) -> Iterator[str]:
        count = self._number()
        read = {
            ("import", False): self._module_import,
            ("export", False): self._module_export,
            ("import", True): self._component_import,
            ("export", True): self._component_export,
        }[what, component]
        for _ in range(min(count, _MOST)):
            yield f"{what} {read()}"
        if count > _MOST:
            yield f"{count - _MOST} {what}s more"

    def _module_import(self) -> str:
        name = f"{self._name()}.{self._name()}"
        kind = self._byte()
        if kind == 0:
            self._number()
        elif kind == 1:
            self._byte()
            self._limits()
        elif kind == 2:
            self._limits()
        elif kind == 3:
            self._byte()
            self._byte()
        else:
            self._byte()
            self._number()
        return f"{name}: {_MODULE_KINDS[kind]}"

    def _module_export(self) -> str:
        name, kind = self._name(), self._byte()
        self._number()
        return f"{name}: {_MODULE_KINDS[kind]}"

    def _component_import(self) -> str:
        self._byte()
        return f"{self._name()}: {self._described()}"

    def _component_export(self) -> str:
        self._byte()
        name, sort = self._name(), self._byte()
        kind = f"core {_MODULE_KINDS[self._byte()]}" if sort == 0 else _COMPONENT_KINDS[sort]
        self._number()
        if self._byte():
            self._described()
        return f"{name}: {kind}"

    def _described(self) -> str:
        kind = self._byte()
        if kind == 0:
            self._byte()
        if kind != 3 or self._byte() == 0:  # a type is either equal to another, or a fresh resource
            self._number()
        return _COMPONENT_KINDS[kind]

    def _limits(self) -> None:
        flags = self._byte()
        self._number()
        if flags & 1:
            self._number()

    def _byte(self) -> int:
        if self._at >= self._end:
            raise IndexError
        self._at += 1
        return self._content[self._at - 1]

    def _number(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a number that does not end")

    def _name(self) -> str:
        size = self._number()
        if self._at + size > self._end:
            raise IndexError
        name = self._content[self._at : self._at + min(size, 4 * _NAME_CHARS)].decode(errors="replace")
        self._at += size
        clean = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)
        return clean if len(clean) <= _NAME_CHARS else f"{clean[: _NAME_CHARS - 1]}…"
