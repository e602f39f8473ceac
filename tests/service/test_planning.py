"""The canary takes its share of ordering keys, and the two parts of a batch come back as one answer."""

import pytest

from transformer.client import Event, EventMetadata, Status

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


def version(number):
    return f"def transformEvent(event, metadata):\n    if event.get('bad'):\n        raise ValueError\n    return {{'v': {number}, 'n': event['n']}}\n"


async def with_canary(client, publish, percent):
    name = await publish(version(2), version(1))
    await client.activate_version("default", name, 1, alias="canary", percent=percent)
    return name


def keyed(count, **more):
    return [Event(b'{"n":%d}' % n, f"m{n}", EventMetadata(ordering_key=f"user-{n % 50}")) for n in range(count)]


async def test_a_share_of_keys_is_served_by_the_canary_and_the_order_is_kept(client, publish):
    name = await with_canary(client, publish, 50)
    result = await client.transform(workspace="default", transformations=[name], events=keyed(200))
    assert [output.json()["n"] for output in result.outputs] == list(range(200))
    assert [output.inputs for output in result.outputs] == [(n,) for n in range(200)]
    served = [output.json()["v"] for output in result.outputs]
    by_key = {n % 50: served[n] for n in range(200)}
    assert served == [by_key[n % 50] for n in range(200)]
    assert 5 < sum(served[n] == 2 for n in range(50)) < 45
    assert {each.rpartition("/")[2] for each in result.versions} == {"1", "2"}


async def test_all_of_the_traffic_may_be_the_canarys(client, publish):
    name = await with_canary(client, publish, 100)
    result = await client.transform(workspace="default", transformations=[name], events=keyed(20))
    assert {output.json()["v"] for output in result.outputs} == {2}


async def test_the_message_id_decides_where_there_is_no_ordering_key(client, publish):
    name = await with_canary(client, publish, 50)
    events = [Event(b'{"n":%d}' % n, f"m{n}") for n in range(100)]
    first = await client.transform(workspace="default", transformations=[name], events=events)
    again = await client.transform(workspace="default", transformations=[name], events=events[::-1])
    served = [output.json()["v"] for output in first.outputs]
    assert {1, 2} == set(served)
    assert [output.json()["v"] for output in again.outputs] == served[::-1]


async def test_events_without_any_key_stay_with_live(client, publish):
    name = await with_canary(client, publish, 99.9)
    events = [Event(b'{"n":%d}' % n) for n in range(50)]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert {output.json()["v"] for output in result.outputs} == {1}


async def test_no_events_are_planned_with_a_canary_too(client, publish):
    name = await with_canary(client, publish, 50)
    result = await client.transform(workspace="default", transformations=[name], events=[])
    assert result.outcomes == ()


async def test_a_failure_names_the_version_that_its_event_ran_through(client, publish):
    name = await with_canary(client, publish, 50)
    events = [Event(b'{"n":1,"bad":true}', "", EventMetadata(ordering_key=f"user-{n}")) for n in range(50)]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    good = await client.transform(
        workspace="default", transformations=[name], events=[Event(b'{"n":1}', "", event.metadata) for event in events]
    )
    assert all(outcome.status is Status.FAILED for outcome in result.outcomes)
    # The first published version answers 2, the second 1.
    serving = [{2: "1", 1: "2"}[output.json()["v"]] for output in good.outputs]
    assert [outcome.failure.version.rpartition("/")[2] for outcome in result.outcomes] == serving


async def test_a_canary_is_not_asked_where_the_request_names_the_version(client, publish):
    name = await with_canary(client, publish, 100)
    for reference, expected in ((f"transformations/{name}/versions/2", 1), (f"transformations/{name}/aliases/live", 1)):
        result = await client.transform(workspace="default", transformations=[reference], events=keyed(5))
        assert {output.json()["v"] for output in result.outputs} == {expected}
