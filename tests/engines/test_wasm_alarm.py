"""The alarm's machine code on a processor that this machine may not have: as a signal's handler, it must call what it was told to."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("wasmtime")

from tests.guests.build import KEPT
from transformer.engines.wasm import alarm

SOURCE = Path(__file__).parent / "alarm.c"


@pytest.mark.need("qemu")
@pytest.mark.need("zig")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("argument", [0x7FFF_1234_5678, 0xFEDC_BA98_7654_3210])
def test_on_64_bit_arm_it_calls_the_function_with_the_argument(tmp_path, argument):
    command = [sys.executable, "-m", "ziglang", "build-exe", str(SOURCE), "-femit-bin=alarm"]
    command += ["-target", "aarch64-freestanding", "-O", "ReleaseSmall", "-fno-compiler-rt"]
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(KEPT / "zig"), "ZIG_LOCAL_CACHE_DIR": str(tmp_path / "cache")}
    subprocess.run(command, check=True, env={**os.environ, **caches}, cwd=tmp_path)
    with subprocess.Popen(["qemu-aarch64", str(tmp_path / "alarm")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        (function,) = struct.unpack("<Q", running.stdout.read(8))
        told, _ = running.communicate(alarm.machine_code("aarch64", function, argument), timeout=60)
    assert running.returncode == 0
    assert struct.unpack("<QQ", told) == (2, argument)


def test_on_other_processors_nothing_rings():
    assert alarm.machine_code("riscv64", 1, 2) == b""
