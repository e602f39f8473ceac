"""WebAssembly through every command that takes code."""

from __future__ import annotations

import sys

import pytest

from transformer.cli.code import read_source
from transformer.cli.exits import CommandError
from transformer.cli.publish import publish_file
from transformer.engines.sections import describe
from transformer.errors import CallerError, Code

pytestmark = pytest.mark.need("wasm")

GUEST = """
(module
  (import "transformer" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "{text}")
  (func (export "allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "transformEvent") (param i32 i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))
      (i64.extend_i32_u (local.get 1)))))
"""
ECHOES = {"name": "echoes", "event": {"a": 1}, "expect": {"emitted": {"a": 1}}}
DIFFERS = {"name": "differs", "event": {"a": 1}, "expect": {"emitted": {"a": 2}}}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nothing is kept in the real home."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def guest():
    """guest(text): a module that returns its events; text makes it another one."""
    import wasmtime

    return lambda text="first": bytes(wasmtime.wat2wasm(GUEST.replace("{text}", text)))


def test_run_test_and_check_take_a_binary_and_compile_it_once(cli, write, events_file, guest, home):
    write("echo.wasm", guest())
    write("echo.cases.json", [ECHOES])
    assert cli("check", "echo.wasm").code == 0
    kept = set((home / ".cache/transformer/offline-artefacts").iterdir())
    assert len(kept) == 2
    ran = cli("run", "echo.wasm", "--events", events_file([{"a": [1, "ä"]}, {}]))
    assert (ran.code, ran.events()) == (0, [{"a": [1, "ä"]}, {}])
    assert cli("test", "echo.wasm").code == 0
    write("echo.cases.json", [ECHOES, DIFFERS])
    ended = cli("test", ".")
    assert (ended.code, ended.out[:3]) == (1, ["echo.wasm", "  held    echoes", "  DIFFERS differs"])
    assert set((home / ".cache/transformer/offline-artefacts").iterdir()) == kept


def test_what_is_no_module_is_refused_with_what_to_do(cli, write, guest):
    write("text.wasm", "(module)\n")
    write("empty.wasm", b"")
    write("cut.wasm", guest()[:40])
    write("bare.wasm", b"\0asm\x01\0\0\0")
    write("component.wasm", b"\0asm\x0d\0\x01\0")
    write("large.wasm", guest() + bytes(2000))
    ended = cli(
        "check", "text.wasm", "empty.wasm", "cut.wasm", "bare.wasm", "component.wasm", "large.wasm", "--binary-bytes", 1024
    )
    assert ended.code == 1
    told = {line.partition(": ")[0]: line.partition(": ")[2] for line in reversed(ended.out)}
    assert told["text.wasm"].startswith("this is no WebAssembly binary")
    assert told["empty.wasm"] == "the file is empty: build a .wasm file and upload that"
    assert told["cut.wasm"].startswith("the module cannot be compiled: ")
    assert told["bare.wasm"].startswith("the module exports no memory")
    assert told["component.wasm"].startswith("the component has no entry point")
    assert told["large.wasm"] == f"the source has {len(guest()) + 2000} bytes; the limit (binary_bytes) is 1024"


def test_a_binary_is_published_sent_to_and_shown(on, write, events_file, guest, folder, monkeypatch):
    write("echo.wasm", guest())
    write("echo.cases.json", [ECHOES])
    assert on("publish", "echo.wasm", "--name", "echo", "--activate").code == 0
    again = on("publish", "echo.wasm", "--name", "echo")
    assert again.out[0].endswith("/versions/1")
    sent = on("send", "echo", "--events", events_file([{"a": 1}]))
    assert (sent.code, sent.events()) == (0, [{"a": 1}])

    ended = on("show", "echo@live", "--output", "back.wasm")
    assert (ended.code, ended.out) == (0, [])
    assert ended.err[-1] == f"{len(guest())} bytes written to back.wasm"
    assert (folder / "back.wasm").read_bytes() == guest()
    found = on("show", "echo@1", "--json").json()
    assert (found["engine"], found["cases"]) == ("wasm", ["echoes"])

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "\n".join(on("show", "echo@1").out) + "\n" == describe(guest())


def test_a_pipe_gets_the_bytes(on, write, guest, started, server):
    write("echo.wasm", guest())
    assert on("publish", "echo.wasm", "--name", "echo").code == 0
    shown = started("show", "echo@1", "--server", server, "--workspace", on.workspace)
    assert shown.communicate(timeout=60)[0] == guest()


def test_what_changed_between_binaries_is_told(on, write, guest):
    for text in ("first", "again"):
        write("echo.wasm", guest(text))
        assert on("publish", "echo.wasm", "--name", "echo").code == 0
    told = on("diff", "echo", 1, 2).out
    assert told[:2] == ["--- echo/versions/1", "+++ echo/versions/2"]
    assert [line[1:].split(":")[0] for line in told if line.startswith("+")][1:] == [
        f"{len(guest())} bytes, sha256 {describe(guest('again')).split('sha256 ')[1].splitlines()[0]}",
        "section data",
    ]
    assert not on("diff", "echo", 1, 1).out


def test_refused_binaries_are_told_as_check_tells_them(on, cli, write):
    write("text.wasm", "(module)\n")
    ended = on("publish", "text.wasm", "--name", "echo")
    assert (ended.code, ended.out) == (1, cli("check", "text.wasm").out)


def test_a_file_that_the_server_does_not_even_read_is_named(write, guest):
    class Full:
        def create_version(self, *_, **__):
            raise CallerError(Code.BATCH_TOO_LARGE, "Received message larger than max (93 vs. 68)")

    source = read_source(write("echo.wasm", guest()))
    with pytest.raises(CommandError, match=r"echo\.wasm: \d+ bytes are more than the server reads .*; make it smaller"):
        publish_file(Full(), "w", "echo", source, {})


def test_output_needs_a_version(on, write):
    ended = on("show", "echo", "--output", "back.wasm")
    assert ended.code == 2
    assert "name it, as in echo@1 or echo@live" in ended.err[0]
