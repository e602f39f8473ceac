"""The keys in memory: what is known, what is asked for, and what holds while nobody can be asked."""

import asyncio
import re
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from transformer.access import keys
from transformer.access.keyring import Keyring
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry import Store
from transformer.registry.records import KeyDraft

HOUR = timedelta(hours=1)


def kept(store, **fields):
    """A new key in the registry; its text."""
    made = keys.make()
    usual = {"label": "test", "workspace": "default", "role": "transform"}
    store.create_key(KeyDraft(made.id, made.digest, **(usual | fields)))
    return made.text


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/registry.db")
    store.migrate()
    yield store
    store.close()


@pytest.fixture
async def keyring(store):
    ring = Keyring(store.changed_keys, 3600.0)
    await ring.start()
    yield ring
    await ring.close()


async def unauthenticated(ring, text):
    with pytest.raises(CallerError) as caught:
        await ring.find(text)
    assert caught.value.code is Code.UNAUTHENTICATED
    return caught.value.message


def test_a_key_is_recognised_by_its_form_and_shows_no_secret():
    made = keys.make()
    assert re.fullmatch(r"tk_[a-z2-7]{12}_[a-z2-7]{52}", made.text)
    assert keys.id_of(made.text) == made.id
    assert made.text not in repr(made)
    assert len({keys.make().text for _ in range(100)}) == 100
    assert keys.matches(made.text, made.digest)
    assert not keys.matches(made.text[:-1] + ("a" if made.text[-1] != "a" else "b"), made.digest)


async def test_keys_of_the_registry_are_known_from_the_start(store):
    text = kept(store, requests_per_second=5)
    ring = Keyring(store.changed_keys, 3600.0)
    await ring.start()
    caller = ring.known(text)
    assert (caller.name, caller.workspace, caller.rate) == (f"test (keys/{keys.id_of(text)})", "default", 5)
    await ring.close()


async def test_a_key_that_was_just_made_is_found_by_asking(store, keyring):
    text = await asyncio.to_thread(kept, store)
    assert keyring.known(text) is None
    assert (await keyring.find(text)).workspace == "default"
    assert keyring.known(text) is not None


async def test_guesses_are_refused_alike(store, keyring):
    text = await asyncio.to_thread(kept, store)
    await keyring.find(text)
    head, secret = text[:16], text[16:]
    wrong = [head + secret[:length] + "a" * (52 - length) for length in (0, 26, 51) if secret[length:] != "a" * (52 - length)]
    assert {await unauthenticated(keyring, guess) for guess in wrong} == {
        f"the API key keys/{keys.id_of(text)} is unknown, expired or revoked"
    }
    for odd in ("", "tk_", text.upper(), f" {text}", f"{text}\n", text[:-1], f"{text}a", "tk_é" + text[4:], "Bearer"):
        assert await unauthenticated(keyring, odd) == "the API key that was sent is unknown, expired or revoked"


async def test_a_revoked_key_is_forgotten_and_an_expired_one_refused(store, keyring, monkeypatch):
    gone, late = [await asyncio.to_thread(kept, store, expires=datetime.now(UTC) + HOUR) for _ in range(2)]
    await keyring.find(gone)
    await keyring.find(late)
    await asyncio.to_thread(store.revoke_key, keys.id_of(gone))
    await keyring.refresh()
    await unauthenticated(keyring, gone)
    then = time.time() + 3601
    monkeypatch.setattr("transformer.access.keyring.time.time", lambda: then)
    assert keyring.known(late) is None
    await unauthenticated(keyring, late)


async def test_the_poller_brings_what_other_processes_did(store, until):
    ring = Keyring(store.changed_keys, 0.01)
    await ring.start()
    text = await asyncio.to_thread(kept, store)
    await until(lambda: ring.known(text))
    await asyncio.to_thread(store.revoke_key, keys.id_of(text))
    await until(lambda: ring.known(text) is None)
    await ring.close()


async def test_in_trouble_known_keys_work_and_unknown_ones_are_told_to_come_back(store, until):
    text, trouble = kept(store), threading.Event()

    def changes(since):
        if trouble.is_set():
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "the database is away")
        return store.changed_keys(since)

    ring = Keyring(changes, 0.01)
    await ring.start()
    trouble.set()
    later = kept(store)
    await until(lambda: ring.trouble)
    assert (await ring.find(text)).workspace == "default"
    with pytest.raises(PlatformError) as told:
        await ring.find(later)
    assert (told.value.code, told.value.message) == (Code.REGISTRY_UNAVAILABLE, "the database is away")
    trouble.clear()
    await until(lambda: ring.known(later))
    assert ring.trouble == ""
    await ring.close()


async def test_a_start_in_trouble_is_made_good_by_the_poller(store, until):
    text, trouble = kept(store), threading.Event()
    trouble.set()

    def changes(since):
        if trouble.is_set():
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "the database is away")
        return store.changed_keys(since)

    ring = Keyring(changes, 0.01)
    await ring.start()
    with pytest.raises(PlatformError):
        await ring.find(text)
    trouble.clear()
    await until(lambda: ring.known(text))
    await ring.close()


async def test_a_flood_of_unknown_keys_is_one_question_at_a_time(store):
    running, most, asked = 0, 0, 0
    lock = threading.Lock()

    def changes(since):
        nonlocal running, most, asked
        with lock:
            running, asked = running + 1, asked + 1
            most = max(most, running)
        try:
            return store.changed_keys(since)
        finally:
            with lock:
                running -= 1

    ring = Keyring(changes, 3600.0)
    await ring.start()
    told = await asyncio.gather(*(ring.find(keys.make().text) for _ in range(200)), return_exceptions=True)
    assert all(isinstance(one, CallerError) for one in told)
    assert most == 1
    assert asked <= 4
    await ring.close()


async def test_an_older_database_is_read_from_the_beginning(store, tmp_path):
    text = kept(store)
    for number in range(5):
        store.create_workspace(f"w{number}", "")
    other = Store(f"sqlite:///{tmp_path}/older.db")
    other.migrate()
    theirs, source = kept(other), store
    ring = Keyring(lambda since: source.changed_keys(since), 3600.0)
    await ring.start()
    source = other
    await ring.refresh()
    assert ring.known(text) is None
    assert ring.known(theirs) is not None
    await ring.close()
    other.close()
