"""Binaries in the registry: one text for each, kept by both databases, compared by what is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.engines.binary import decode_binary, encode_binary, size_of_binary
from transformer.engines.catalog import ENGINES
from transformer.engines.sections import describe
from transformer.errors import CallerError, Code
from transformer.pool import Pool
from transformer.registry import publish
from transformer.registry.content import content_hash
from transformer.registry.records import Call, VersionDraft
from transformer.settings import Settings

PROBE = ENGINES["wasm"].probe


@given(st.binary(max_size=50))
def test_a_binary_is_one_text(content):
    source = encode_binary(content)
    assert decode_binary(source) == content
    assert size_of_binary(source) == len(content)


@pytest.mark.parametrize(
    "source", ["(module)", "AG", "AGFzbQ", "AGFzbR==", "AGFzbQ==\n", " AGFzbQ==", "AGFz\nbQ==", "AGFzbQ===", "-_==", "ä"]
)
def test_no_other_text_stands_for_one(source):
    with pytest.raises(ValueError, match="base64"):
        decode_binary(source)


class TestSections:
    def test_a_module(self):
        assert describe(decode_binary(PROBE)).splitlines() == [
            "WebAssembly: core module",
            f"{len(decode_binary(PROBE))} bytes, sha256 35a840a07a3c3b6cddb69e435ebde03b6b512aace6b8b5aef214551bfa47d853",
            "export memory: memory",
            "export allocate: function",
            "export transformEvent: function",
            "section type: 12 bytes, 1c81b09ea835b057",
            "section function: 3 bytes, 9463926d4640a53a",
            "section memory: 3 bytes, 85f90dfea1d8027e",
            "section export: 38 bytes, 347fc7d4ac3cc0ab",
            "section code: 48 bytes, 47fd662115e16c8c",
        ]

    @pytest.mark.need("wasm")
    def test_imports_of_every_kind(self):
        import wasmtime

        text = """(module (import "a" "f" (func)) (import "a" "t" (table 1 2 funcref)) (import "b" "m" (memory 1))
          (import "b" "g" (global (mut i32))) (import "b" "\\1b[31m" (func)) (export "f" (func 0)))"""
        lines = describe(bytes(wasmtime.wat2wasm(text))).splitlines()
        assert lines[2:8] == [
            "import a.f: function",
            "import a.t: table",
            "import b.m: memory",
            "import b.g: global",
            "import b.\N{REPLACEMENT CHARACTER}[31m: function",
            "export f: function",
        ]

    @pytest.mark.need("wasm")
    def test_a_component(self):
        import wasmtime

        text = """(component (import "f" (func $f)) (import "r" (type (sub resource)))
          (import "ns:p/i@1.0.0" (instance)) (export "g" (func $f)))"""
        lines = describe(bytes(wasmtime.wat2wasm(text))).splitlines()
        assert lines[0] == "WebAssembly: component"
        assert lines[2:6] == ["import f: function", "import r: type", "import ns:p/i@1.0.0: instance", "export g: function"]

    @given(st.binary(max_size=60), st.integers(0, 121))
    def test_anything_may_come(self, noise, place):
        probe = decode_binary(PROBE)
        for content in (noise, probe[:8] + noise, probe[:place] + noise, b"\0asm\x0d\0\x01\0" + noise):
            assert describe(content).startswith("WebAssembly: ")

    def test_it_ends_soon_for_what_was_made_to_annoy(self):
        sections = b"\x00\x01\x00" * 500_000
        assert describe(b"\0asm\x01\0\0\0" + sections).endswith("more sections\n")
        exports = b"\x80\x80\xc0\0" + b"\x01a\x00\x00" * 500_000
        body = b"\x07" + bytes(
            [len(exports) & 127 | 128, len(exports) >> 7 & 127 | 128, len(exports) >> 14 & 127 | 128, len(exports) >> 21]
        )
        assert "exports more" in describe(b"\0asm\x01\0\0\0" + body + exports)


class TestBothDatabases:
    def test_large_ones_are_kept_whole(self, store):
        source = encode_binary(bytes(range(256)) * 20_000)
        draft = VersionDraft("wasm", source)
        store.add_version("default", "clean", draft)
        found = store.get_version("default", "clean", 1)
        assert (found.engine, found.source) == ("wasm", source)
        assert found.content_hash == content_hash("wasm", source)
        assert store.list_versions("default", "clean").items[0].source == ""

    def test_they_are_compared_by_what_is_in_them(self, store, draft):
        store.add_version("default", "clean", VersionDraft("wasm", PROBE))
        store.add_version("default", "clean", VersionDraft("wasm", encode_binary(decode_binary(PROBE) + b"\x00\x02\x01n")))
        store.add_version("default", "clean", draft())
        told = store.diff("default", "clean", 1, 2).splitlines()
        assert [line for line in told[2:] if line[0] == "+"] == [
            f"+126 bytes, sha256 {describe(decode_binary(PROBE) + bytes([0, 2, 1, 110])).split('sha256 ')[1][:64]}",
            "+section custom n: 2 bytes, 19041ad672875015",
        ]
        assert "+def transformEvent(event, metadata):\n" in store.diff("default", "clean", 1, 3)

    @pytest.mark.parametrize("source", ["(module)", PROBE[:-1], f"{PROBE}\n"])
    def test_other_text_is_refused(self, store, source):
        with pytest.raises(CallerError, match=r"version\.source: is (not )?base64") as caught:
            store.add_version("default", "clean", VersionDraft("wasm", source))
        assert caught.value.code is Code.BAD_REQUEST

    @pytest.mark.need("wasm")
    async def test_they_are_published_once(self, store, tmp_path):
        settings = Settings(binary_bytes=2048, spare_workers=0)
        async with Pool(settings, artefacts=tmp_path / "artefacts") as pool:

            async def publishing(source):
                return await publish(pool, store, "default", "clean", "wasm", source, limits=settings.limits, call=Call())

            assert (await publishing(PROBE)).number == 1
            workers = pool.stats()["workers_started"]
            assert (await publishing(PROBE)).number == 1
            assert pool.stats()["workers_started"] == workers
            with pytest.raises(CallerError) as caught:
                await publishing(encode_binary(bytes(2049)))
            assert caught.value.message == "version.source: 2049 bytes of code are too many; at most 2048 (binary_bytes)"
            with pytest.raises(CallerError, match="this is no WebAssembly binary") as caught:
                await publishing(encode_binary(b"(module)"))
            assert caught.value.code is Code.CODE_REFUSED
