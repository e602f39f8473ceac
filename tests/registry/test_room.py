"""A workspace has as many secrets, tables and libraries as it may, whatever others have."""

import pytest

from transformer.errors import CallerError, Code
from transformer.registry import store_libraries, store_secrets, store_tables
from transformer.registry.records import TableDraft


def add_secret(store, workspace, name):
    store.secrets.update(workspace, name, f"v1.abc.{name}", name, allow_missing=True)


def add_table(store, workspace, name):
    file = store.tables.keep([b"abc"])
    store.tables.push(workspace, name, TableDraft(file=file, key="id", rows=1, size=3, content_hash="f" * 64, digest="d" * 64))


def add_library(store, workspace, name):
    store.libraries.add(workspace, name, "python", "def f(x):\n    return x\n")


@pytest.mark.parametrize(
    ("add", "most", "told"),
    [
        (add_secret, (store_secrets, "MAX_SECRETS"), "the workspace has 1 secrets, which is as many as may be; delete some"),
        (add_table, (store_tables, "MAX_TABLES"), "the workspace has 1 tables, which is as many as may be; delete some"),
        (add_library, (store_libraries, "MAX_LIBRARIES"), "the workspace has 1 libraries, which is as many as may be"),
    ],
)
def test_one_more_than_may_be_is_refused_and_what_is_there_may_change(store, monkeypatch, add, most, told):
    monkeypatch.setattr(*most, 1)
    store.create_workspace("acme", "")
    add(store, "acme", "one")
    add(store, "default", "one")  # what others have does not count
    with pytest.raises(CallerError) as caught:
        add(store, "default", "two")
    assert (caught.value.code, caught.value.message) == (Code.PRECONDITION, told)
    add(store, "default", "one")
