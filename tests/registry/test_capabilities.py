"""Capabilities are part of what a version is: kept, hashed, told apart; versions that declare nothing are as they were."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from transformer.capabilities import NOTHING, Capabilities
from transformer.registry.content import content_hash
from transformer.registry.database import Database
from transformer.registry.disk import DiskCache
from transformer.registry.records import CaseFile, Pointer

DECLARED = Capabilities(hosts=("api.example.com",), secrets=("CRM_KEY",), kv="", geolocation=True)
SOME = st.builds(
    Capabilities,
    hosts=st.lists(st.sampled_from(["a.example", "b.example", "*"]), unique=True).map(tuple),
    secrets=st.lists(st.sampled_from(["A", "B"]), unique=True).map(tuple),
    kv=st.sampled_from([None, "", "a/"]),
    geolocation=st.booleans(),
)
CASES = st.lists(st.builds(CaseFile, st.text(max_size=3), st.binary(max_size=3)), max_size=2)


def test_what_declares_nothing_has_the_hash_that_it_had():
    raw = b"".join(len(part).to_bytes(8, "big") + part for part in (b"python", b"code", b"name", b"{}"))
    assert content_hash("python", "code", [CaseFile("name", b"{}")], capabilities=NOTHING) == hashlib.sha256(raw).hexdigest()


@given(SOME, CASES, SOME, CASES)
def test_equal_hash_means_equal_declarations_and_cases(one, cases, other, others):
    same = content_hash("python", "", cases, capabilities=one) == content_hash("python", "", others, capabilities=other)
    assert same == ((one, cases) == (other, others))


def test_capabilities_are_kept_and_make_another_version(store, draft):
    plain = store.add_version("default", "clean", draft())
    declaring = store.add_version("default", "clean", draft(capabilities=DECLARED))
    assert (plain.number, plain.capabilities, declaring.number) == (1, NOTHING, 2)
    assert store.get_version("default", "clean", 2).capabilities == DECLARED
    assert [one.capabilities for one in store.list_versions("default", "clean").items] == [DECLARED, NOTHING]
    assert store.add_version("default", "clean", draft(capabilities=DECLARED)).number == 2
    assert ", may use hosts, secrets, kv, geolocation," in store.list_audit("default").items[0].detail


def test_a_difference_tells_what_was_declared(store, draft):
    store.add_version("default", "clean", draft())
    store.add_version("default", "clean", draft(capabilities=DECLARED))
    assert store.diff("default", "clean", 1, 2) == (
        "--- clean/versions/1/capabilities\n+++ clean/versions/2/capabilities\n@@ -0,0 +1,4 @@\n"
        "+hosts: api.example.com\n+secrets: CRM_KEY\n+kv: ''\n+geolocation: True\n"
    )


def test_a_version_from_before_declares_nothing(store, draft, url):
    store.add_version("default", "clean", draft())
    database = Database(url)
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM versions WHERE capabilities IS NULL")) == 1
    database.close()


def test_the_disk_keeps_them_and_refuses_others(store, draft, tmp_path):
    cache = DiskCache(tmp_path / "cache", 1 << 20)
    cache.adopt("here")
    version = store.add_version("default", "clean", draft(capabilities=DECLARED))
    cache.keep_version(version)
    pointer = Pointer(version.number, version.content_hash)
    assert cache.version("default", "clean", pointer) == version
    [file] = [path for path in (tmp_path / "cache").iterdir() if len(path.name) == 64]
    body = file.read_bytes().partition(b"\n")[2].replace(b"api.example.com", b"bad.example.com")
    file.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert cache.version("default", "clean", pointer) is None
