"""Which versions of transforms were released, and what they hold: those never change.

`library/released.json` has the hash of each; `python -m transformer.library.released` adds those that it does not have yet.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from transformer.library import shelf
from transformer.library.shelf import Transform

__all__ = ["FILE", "content", "released"]

FILE: Final = shelf.folder().parent / "released.json"


def content(transform: Transform) -> str:
    """The hash of what decides what a transform does: its manifest and its code. Texts about it may be improved."""
    digest = sha256()
    for path in [transform.folder / "manifest.yaml", *sorted(transform.folder.glob("transform.*"))]:
        body = path.read_bytes()
        digest.update(f"{path.name} {len(body)}\n".encode() + body)
    return digest.hexdigest()


def released(file: Path) -> Mapping[str, str]:
    """The hash of every version that was released."""
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found


def main(names: list[str]) -> int:
    """Release the transforms of these names, or all; one that was released before stays as it was. Returns the exit code."""
    known = dict(released(FILE))
    for name in names or shelf.names():
        transform = shelf.find(name)
        if transform is None:
            print(f"there is no {name}", file=sys.stderr)  # noqa: T201 - talk
            return 2
        if known.setdefault(name, content(transform)) != content(transform):
            print(f"{name} was released and has changed since: make it a new version", file=sys.stderr)  # noqa: T201 - talk
            return 1
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
