"""Lists in pages, on both databases."""

import base64

import pytest

from transformer.errors import CallerError, Code

LISTS = {
    "workspaces": lambda store, size, token: store.list_workspaces(size, token),
    "transformations": lambda store, size, token: store.list_transformations("default", size, token),
    "versions": lambda store, size, token: store.list_versions("default", "clean", size, token),
    "aliases": lambda store, size, token: store.list_aliases("default", "clean", size, token),
    "history": lambda store, size, token: store.list_alias_history("default", "clean", "live", size, token),
    "audit": lambda store, size, token: store.list_audit("default", size, token),
}


@pytest.fixture(params=LISTS)
def listing(request):
    return LISTS[request.param]


@pytest.fixture
def store(store, draft):
    """Seven of everything, or more."""
    for number in range(1, 8):
        store.create_workspace(f"w-{number}", "")
        store.create_transformation("default", f"t_{number}", "")
        store.add_version("default", "clean", draft(number))
        store.activate("default", "clean", f"alias-{number}", number)
        store.activate("default", "clean", "live", number)
    return store


def refused(action, *arguments) -> CallerError:
    with pytest.raises(CallerError) as caught:
        action(*arguments)
    assert caught.value.code == Code.BAD_REQUEST
    return caught.value


def test_pages_together_are_the_list(store, listing):
    whole = listing(store, 1000, "")
    assert whole.next_token == ""
    for size in (1, 2, 3, 7, 8):
        found, token, pages = [], "", 0
        while pages == 0 or token:
            page = listing(store, size, token)
            assert len(page.items) <= size
            found += page.items
            pages += 1
            token = page.next_token
        assert found == whole.items
        assert pages == -(-len(found) // size)


def test_entry_that_comes_in_between_neither_repeats_nor_hides_one(store):
    first = store.list_transformations("default", 3)
    store.create_transformation("default", "aaa", "")
    second = store.list_transformations("default", 100, first.next_token)
    assert [one.id for one in first.items + second.items] == ["clean", *(f"t_{n}" for n in range(1, 8))]


def test_page_of_zero_is_fifty(store, draft):
    for number in range(8, 61):
        store.add_version("default", "clean", draft(number))
    assert [len(store.list_versions("default", "clean", size).items) for size in (0, 50, 1000)] == [50, 50, 60]


def test_size_out_of_bounds_is_refused(store):
    for listing in LISTS.values():
        for size in (-1, 1001, -(2**31)):
            wrong = refused(listing, store, size, "")
            assert wrong.message == f"page_size: {size} is not allowed; 0 for 50, at most 1000"
            assert [violation.field for violation in wrong.violations] == ["page_size"]


def test_changed_token_is_refused(store, listing):
    token = listing(store, 2, "").next_token
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[-1] ^= 1
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    for other in (changed, token[:-1], token + "A", f"{token}=", " ", "é", "A" * 5000, token.swapcase(), "bnVsbA"):
        wrong = refused(listing, store, 2, other)
        assert (
            wrong.message
            == "page_token: is not a token of this list; send next_page_token of its last page unchanged, or nothing"
        )


def test_token_of_another_list_is_refused(store, draft):
    store.create_workspace("acme", "")
    store.create_transformation("acme", "clean", "")
    store.create_transformation("acme", "more", "")
    token = store.list_transformations("acme", 1).next_token
    refused(store.list_transformations, "default", 1, token)
    refused(store.list_workspaces, 1, token)
    history = store.list_alias_history("default", "clean", "live", 1).next_token
    refused(store.list_versions, "default", "clean", 1, history)
    refused(store.list_alias_history, "default", "clean", "alias-1", 1, history)
