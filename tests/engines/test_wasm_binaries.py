"""Binaries and artefacts: what is refused, in words, and what was compiled by whom."""

import ctypes
import os
from importlib import import_module

import pytest

pytest.importorskip("wasmtime")

from tests.engines.wat import DOOR, ECHO, guest
from transformer.engines.base import Host, LoadError
from transformer.engines.binary import decode_binary, encode_binary
from transformer.engines.catalog import ENGINES
from transformer.engines.compiled import Artefact
from transformer.limits import Limits


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["wasm"])


@pytest.fixture(scope="module")
def counting():
    return import_module(ENGINES["wasm"].under(Limits(event_fuel=1)).module).open_engine()


class TestCheck:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("(module)", ["exports no memory", "no function allocate", "no entry point"]),
            (f"(module {DOOR})", ["export transformEvent"]),
            (f'(module {DOOR} (func (export "transformEvent")))', ["transformEvent has the wrong types"]),
            (f'(module (import "env" "f" (func)) {DOOR})', ["imports env.f, which is not offered", "no entry point"]),
            ('(module (import "a" "b" (memory 1)))', ["imports a.b, which is no function", "no memory", "allocate", "entry"]),
            (
                '(module (import "transformer" "log" (func)))',
                ["transformer.log with other types", "memory", "allocate", "entry"],
            ),
            ('(module (memory (export "memory") i64 1))', ["cannot be compiled"]),
            ('(module (memory (export "memory") 1 1 shared))', ["cannot be compiled"]),
            ("(module (memory 1) (memory 1))", ["cannot be compiled"]),
        ],
    )
    def test_every_fault_is_told(self, engine, text, told):
        report = engine.check(_source(text), "x")
        assert report.entry_point is None
        assert len(report.problems) == len(told), report.problems
        assert all(part in problem.message for part, problem in zip(told, report.problems, strict=True))
        with pytest.raises(LoadError) as caught:
            engine.load(_source(text), "x", Host(print))
        assert caught.value.problems == report.problems

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"", "the file is empty"),
            (b"\0asm", "cut off"),
            (b"\0asm\x02\0\0\0", "of a version that is not known"),
            (b"(module)", "no WebAssembly binary"),
            (decode_binary(ECHO)[:-9], "cannot be compiled"),
        ],
        ids=["empty", "head", "version", "text", "half"],
    )
    def test_what_is_no_module_is_told(self, engine, content, told):
        (problem,) = engine.check(encode_binary(content), "x").problems
        assert told in problem.message

    def test_source_that_is_not_base64_is_told(self, engine):
        (problem,) = engine.check("no base64!", "x").problems
        assert "base64" in problem.message


class TestArtefacts:
    def test_compiled_module_is_loaded_from_memory_and_from_a_file(self, engine, tmp_path):
        made = engine.compile(memoryview(decode_binary(guest("unreachable"))), "x")
        assert not made.report.problems
        file = tmp_path / "artefact"
        file.write_bytes(made.artefact)
        for path in ("", str(file)):
            program = _loaded(engine, made.artefact, path)
            with pytest.raises(Exception, match=r"unreachable instruction .* \(in entry\)"):
                program([b"{}"], bytes)

    @pytest.mark.parametrize("how", ["cut", "changed", "random", "empty"])
    def test_what_is_no_artefact_is_refused(self, engine, how):
        artefact = bytearray(engine.compile(memoryview(decode_binary(ECHO)), "x").artefact)
        if how == "cut":
            del artefact[len(artefact) // 2 :]
        elif how == "changed":
            artefact[64:128] = bytes(64)
        elif how == "random":
            artefact = bytearray(os.urandom(4096))
        else:
            artefact.clear()
        with pytest.raises(LoadError, match="cannot be loaded"):
            _loaded(engine, artefact)

    def test_fingerprint_is_the_same_for_the_same_engine(self, engine):
        assert engine.fingerprint() == type(engine)().fingerprint()

    def test_artefacts_of_one_engine_are_not_those_of_the_other(self, engine, counting):
        assert engine.fingerprint() != counting.fingerprint()
        with pytest.raises(LoadError, match="cannot be loaded"):
            _loaded(counting, engine.compile(memoryview(decode_binary(ECHO)), "x").artefact)


def _source(text):
    from wasmtime import wat2wasm

    return encode_binary(bytes(wat2wasm(text)))


def _loaded(engine, artefact, path=""):
    held = bytearray(artefact)
    address = ctypes.addressof((ctypes.c_char * len(held)).from_buffer(held)) if held else 0
    return engine.load_artefact(Artefact(memoryview(held), address, path), "x", Host())
