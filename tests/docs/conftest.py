"""The documents as data: code blocks to run, and tables that are rendered from the code and compared.

`make expect` (EXPECT=1) rewrites the tables in place; without it a table that differs is a failure.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, its text, the line it starts at, and whether it directly follows the block before."""

    words: tuple[str, ...]
    text: str
    line: int
    follows: bool

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""


def blocks_of(text: str) -> list[Block]:
    found, end = [], 0
    for match in _FENCE.finditer(text):
        between = text[end : match.start()].strip()
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(tuple(match[1].split()), match[2], line, follows=bool(found) and not between))
        end = match.end()
    return found


@pytest.fixture(scope="session")
def blocks() -> Callable[[str], list[Block]]:
    """blocks(name): the code blocks of a document."""
    return lambda name: blocks_of((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def holds_table() -> Callable[[str, str, str], None]:
    """holds_table(document, mark, table): between `<!-- mark -->` and `<!-- /mark -->` the document has exactly this table."""

    def check(document: str, mark: str, table: str) -> None:
        path = ROOT / document
        text = path.read_text(encoding="utf-8")
        head, open_mark, rest = text.partition(f"<!-- {mark} -->\n")
        body, close_mark, tail = rest.partition(f"<!-- /{mark} -->")
        assert open_mark, f"{document} has no mark {mark}"
        assert close_mark, f"{document} does not close the mark {mark}"
        if os.environ.get("EXPECT") and body != table:
            path.write_text(head + open_mark + table + close_mark + tail, encoding="utf-8")
            body = table
        assert body == table, f"{document}: the table {mark} is not what the code says; run make expect and read the diff"

    return check


@pytest.fixture
def render() -> Callable[[list[str], list[list[str]]], str]:
    """render(head, rows): a Markdown table."""

    def table(head: list[str], rows: list[list[str]]) -> str:
        lines = [head, ["---"] * len(head), *rows]
        return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in lines)

    return table
