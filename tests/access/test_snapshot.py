"""Keys on disk: what a restart in an outage knows, and what it does not believe."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest

from transformer.access import keys
from transformer.access.keyring import Keyring
from transformer.access.snapshot import Snapshot
from transformer.errors import Code, PlatformError
from transformer.registry import Store
from transformer.registry.records import KeyDraft


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/registry.db")
    store.migrate()
    yield store
    store.close()


def kept(store, **fields):
    made = keys.make()
    store.create_key(KeyDraft(made.id, made.digest, "test", "default", "author", **fields))
    return made.text


def away(_):
    raise PlatformError(Code.REGISTRY_UNAVAILABLE, "the database is away")


async def known_after(changes, folder):
    """The keyring of a server that has just started."""
    ring = Keyring(changes, 3600.0, Snapshot(folder))
    await ring.start()
    return ring


async def test_a_restart_while_the_database_is_away_knows_its_callers(store, tmp_path):
    text = kept(store, requests_per_second=3, expires=datetime.now(UTC) + timedelta(hours=1))
    gone = kept(store)
    ring = await known_after(store.changed_keys, tmp_path)
    before = ring.known(text)
    store.revoke_key(keys.id_of(gone))
    await ring.refresh()
    await ring.close()
    ring = await known_after(away, tmp_path)
    assert ring.trouble
    assert (ring.known(text), ring.known(gone)) == (before, None)
    with pytest.raises(PlatformError):
        await ring.find(keys.make().text)
    await ring.close()


async def test_the_first_answer_of_the_database_replaces_what_was_kept(store, tmp_path):
    text, other = kept(store), kept(store)
    await (await known_after(store.changed_keys, tmp_path)).close()
    source = away
    ring = await known_after(lambda since: source(since), tmp_path)
    assert ring.known(text)
    store.revoke_key(keys.id_of(text))  # while nobody could be told
    source = store.changed_keys
    await ring.refresh()
    assert (ring.known(text), ring.known(other) is None) == (None, False)
    await ring.close()


async def test_what_is_kept_is_its_owners_and_holds_no_key(store, tmp_path):
    text = kept(store)
    await (await known_after(store.changed_keys, tmp_path)).close()
    file = tmp_path / "api-keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert text.rpartition("_")[2] not in file.read_text()
    assert list(tmp_path.glob("api-keys.*")) == []


@pytest.mark.parametrize("change", ["torn", "altered", "empty", "link", "no json"])
async def test_a_file_that_is_not_whole_is_not_believed(store, tmp_path, change):
    text = kept(store)
    await (await known_after(store.changed_keys, tmp_path)).close()
    file = tmp_path / "api-keys"
    content = file.read_text()
    if change == "link":
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
    else:
        digest, _, body = content.partition("\n")
        forged = json.loads(body)
        forged[0]["role"] = "admin"
        told = {"torn": content[:-5], "altered": f"{digest}\n{json.dumps(forged)}", "empty": "", "no json": "x\ny"}
        file.write_text(told[change])
    ring = await known_after(away, tmp_path)
    assert ring.known(text) is None
    await ring.close()


async def test_without_a_folder_nothing_is_kept_and_nothing_fails(store, tmp_path):
    text = kept(store)
    ring = await known_after(store.changed_keys, tmp_path / "missing")
    assert ring.known(text)
    await ring.close()
    assert not (tmp_path / "missing").exists()
