"""Changes of the registry: whoever made one meets it with the next request, and who made it stands in the audit trail."""

import pytest

from transformer.access import Caller, Role
from transformer.errors import Code, PlatformError
from transformer.registry import Catalogue
from transformer.service.changes import Changes, call_of
from transformer.service.interceptors import Incoming
from transformer.wire.pb.registry_pb2 import ActivateVersionRequest


@pytest.fixture
async def catalogue(store):
    """Without its poller: only changes that it is told of move it."""
    catalogue = Catalogue(store)
    yield catalogue
    await catalogue.close()


async def live(catalogue):
    return (await catalogue.resolve("default", "transformations/clean")).version.number


async def test_a_change_is_met_at_once(store, catalogue):
    assert await live(catalogue) == 1
    alias = await Changes(store, catalogue)(store.activate, "default", "clean", "live", 2)
    assert (alias.version, await live(catalogue)) == (2, 2)


async def test_a_change_whose_answer_was_lost_is_met_too(store, catalogue):
    def activate_and_break_off():
        store.activate("default", "clean", "live", 2)
        raise PlatformError(Code.REGISTRY_UNAVAILABLE, "the connection broke off after the commit")

    assert await live(catalogue) == 1
    with pytest.raises(PlatformError):
        await Changes(store, catalogue)(activate_and_break_off)
    assert await live(catalogue) == 2


def test_a_call_says_who_it_is_and_how_it_is_to_be_carried_out():
    request = ActivateVersionRequest(request_id="r-1", validate_only=True)
    told = call_of(request, Incoming(caller=Caller("key-1", "ada", Role.AUTHOR, "default")))
    assert (told.actor, told.request_id, told.validate_only) == ("ada", "r-1", True)


async def test_a_change_by_nobody_in_particular_is_audited_as_such(store, catalogue):
    call = call_of(ActivateVersionRequest(), Incoming())
    await Changes(store, catalogue)(store.activate, "default", "clean", "live", 2, call=call)
    assert store.list_audit("default").items[0].actor == "anonymous"
