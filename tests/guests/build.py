"""Build WebAssembly guests from the sources beside this file, with toolchains that are Python packages.

What was built is kept, under a key of everything that it was built from. The folder is pytest's own, so it goes with the rest of
what tests leave behind.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["FAST", "KEPT", "LIBRARY", "QUICK", "SMALL", "has_toolchain", "python", "source", "zig"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIBRARY = ROOT / "proto" / "zig" / "transformer.zig"
WORLD = ROOT / "proto" / "wit"
KEPT = ROOT / ".pytest_cache" / "d" / "guests"

QUICK = ("-O", "Debug", "-fstrip")
"""Built in half a second; with all of Zig's checks."""

FAST = ("-O", "ReleaseFast", "-fstrip")
SMALL = ("-O", "ReleaseSmall", "-fstrip")
_CORE = ("-target", "wasm32-freestanding", "-fno-entry", "-rdynamic")


def has_toolchain(package):
    """Whether the package of a toolchain is installed."""
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def zig(sources, options=FAST):
    """The module made of `sources`, files by name: the first one is the main one. The library is beside them."""
    files = {name: text.encode() for name, text in sources.items()} | {LIBRARY.name: LIBRARY.read_bytes()}
    main = next(iter(sources))

    def build(folder):
        caches = {"ZIG_GLOBAL_CACHE_DIR": str(KEPT / "zig"), "ZIG_LOCAL_CACHE_DIR": str(folder / "cache")}
        command = [sys.executable, "-m", "ziglang", "build-exe", main, *_CORE, *options, "-femit-bin=made.wasm"]
        _run(command, folder, caches)

    return _kept(files, ["ziglang", version("ziglang"), *_CORE, *options], build)


def python(text, world="transformation"):
    """The component made of a Python module's text."""
    files = {"app.py": text.encode()} | {f"wit/{path.name}": path.read_bytes() for path in sorted(WORLD.glob("*.wit"))}

    def build(folder):
        program = Path(sys.executable).parent / "componentize-py"
        _run([str(program), "--quiet", "-d", "wit", "-w", world, "componentize", "app", "-o", "made.wasm"], folder, {})

    return _kept(files, ["componentize-py", version("componentize-py"), world], build)


def source(name):
    """The text of a source beside this file, as `zig/scrub.zig`."""
    return (HERE / name).read_text(encoding="utf-8")


def _run(command, folder, environment):
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


def _kept(files, words, build):
    key = hashlib.sha256(repr((sorted(files.items()), words)).encode()).hexdigest()[:32]
    made = KEPT / f"{key}.wasm"
    if not made.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=KEPT))
        try:
            for name, data in files.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(data)
            build(folder)
            (folder / "made.wasm").replace(made)
        finally:
            shutil.rmtree(folder)
    return made.read_bytes()
