"""The registry's tests run on both databases: SQLite in a temporary directory, PostgreSQL from this machine's own package.

Each test of PostgreSQL gets a database of its own.
"""

import pytest

from tests.migrated import registry_file
from transformer.registry import Store
from transformer.registry.records import CaseFile, VersionDraft


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """The URL of a database, once for each kind: of an empty one, or where the test asks for a store, of one that is migrated."""
    migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        yield registry_file(tmp_path) if migrated else f"sqlite:///{tmp_path}/registry.db"
        return
    postgres = request.getfixturevalue("postgres")
    url = postgres.new_registry() if migrated else postgres.new_database()
    yield url
    (postgres.take_registry_back if migrated else postgres.take_back)(url)


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path}/registry.db"


@pytest.fixture
def open_store():
    """Opens stores and closes them at the end of the test."""
    opened = []

    def open_(url: str, **options) -> Store:
        opened.append(Store(url, **options))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(url, open_store):
    """A migrated store that holds the transformation `clean` of the workspace `default`, without a version."""
    store = open_store(url)
    store.create_transformation("default", "clean", "")
    return store


@pytest.fixture
def draft():
    """Makes drafts that differ by a number."""

    def make(number: int = 1, **fields) -> VersionDraft:
        source = f"def transformEvent(event, metadata):\n    event['n'] = {number}\n    return event\n"
        return VersionDraft(**{"engine": "python", "source": source, **fields})

    return make


@pytest.fixture
def case():
    return CaseFile("keeps the event", b'{"name": "keeps the event", "event": {}, "expect": {"emitted": {}}}')
