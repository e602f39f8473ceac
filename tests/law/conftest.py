"""The repository as the law tests see it: its files and what they import."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@cache
def _tracked() -> tuple[Path, ...]:
    """Files that git knows or would take, without generated ones."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in told.split("\0") if name)
    return tuple(sorted(path for path in paths if (ROOT / path).is_file() and "pb" not in path.parts))


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _imports(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(node for node in ast.walk(_parsed(path)) if isinstance(node, ast.Import | ast.ImportFrom))


@dataclass(frozen=True)
class Repository:
    """Paths are relative to `root`."""

    root: Path = ROOT

    def files(self, *endings: str, under: str = "") -> list[Path]:
        """Tracked files with one of these endings (all, if none is named) under a folder."""
        return [
            path for path in _tracked() if (not endings or path.name.endswith(endings)) and path.as_posix().startswith(under)
        ]

    def text(self, path: Path | str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def tree(self, path: Path) -> ast.Module:
        return _parsed(self.root / path)

    def module(self, path: Path) -> str:
        """transformer/pool/__init__.py is transformer.pool."""
        return ".".join(path.with_suffix("").parts).removesuffix(".__init__")

    def imports(self, path: Path) -> Iterator[tuple[int, str, str]]:
        """Every import of a file, wherever in it: its line, the module, and the name taken from it or ""."""
        package = path.parts[:-1]
        for node in _imports(self.root / path):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, "") for alias in node.names)
            else:
                base = package[: len(package) - node.level + 1] if node.level else ()
                module = ".".join([*base, *([node.module] if node.module else [])])
                yield from ((node.lineno, module, alias.name) for alias in node.names)


@pytest.fixture(scope="session")
def repository() -> Repository:
    return Repository()


@pytest.fixture(scope="session")
def readme(repository: Repository) -> str:
    return repository.text("README.md")


@pytest.fixture(scope="session")
def stdlib() -> frozenset[str]:
    return sys.stdlib_module_names
