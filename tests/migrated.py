"""Registries at the newest revision, many of them: migrating takes longer than most of what is tested, so it is done once."""

import tempfile
from functools import cache
from pathlib import Path

from transformer.registry import Store

__all__ = ["migrate", "registry_file"]


def registry_file(folder: Path) -> str:
    """The URL of `registry.db` in this folder, made as a server makes it where it is not there yet."""
    path = folder / "registry.db"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "registry.db")
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


def migrate(url: str) -> None:
    """Bring a database to the newest revision, as a server does at its start."""
    store = Store(url)
    store.migrate()
    store.close()
