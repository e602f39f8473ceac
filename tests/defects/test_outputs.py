"""Each output belongs to its inputs, once and in order, and code can change nobody's input but its own.

Defects 4, 7, 8, 9 and 16 of the incumbent: several groups in a request multiply every output, the order is that of completion,
equal ids swap metadata, new ids are made up at random, no events are an error, there is one transformation only, and what one
step does to an event is seen by others.
"""

import asyncio

import pytest

from transformer.client import Event, EventMetadata, Status
from transformer.errors import Code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


async def test_4_groups_in_one_request_do_not_multiply_its_outputs(client, publish):
    first, then = await publish(IDENTITY), await publish(IDENTITY)
    events = [
        Event(
            b'{"n":%d}' % n, f"m{n}", EventMetadata(source_id=f"s{n % 3}", destination_id=f"d{n % 4}", ordering_key=f"u{n % 5}")
        )
        for n in range(60)
    ]
    result = await client.transform(workspace="default", transformations=[first, then], events=events)
    assert [(output.inputs, output.json()["n"]) for output in result.outputs] == [((n,), n) for n in range(60)]


async def test_4_requests_at_the_same_time_get_their_own_outputs_only(client, publish):
    name = await publish(IDENTITY)

    async def send(which):
        events = [{"request": which, "n": n} for n in range(10)]
        result = await client.transform(workspace="default", transformations=[name], events=events)
        return [output.json() for output in result.outputs] == events

    assert all(await asyncio.gather(*(send(which) for which in range(40))))


async def test_7_outputs_are_in_the_order_of_their_inputs_whatever_takes_longest(client, publish):
    name = await publish(
        "import time\n\ndef transformEvent(event, metadata):\n    time.sleep(event['seconds'])\n    return [event, event]\n"
    )
    events = [{"n": n, "seconds": 0.1 if n == 0 else 0.0} for n in range(10)]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert [(output.inputs, output.json()["n"]) for output in result.outputs] == [((n,), n) for n in range(10) for _ in "ab"]


async def test_7_equal_message_ids_swap_no_metadata(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    return {'n': event['n'], **metadata(event)}\n")
    events = [Event(b'{"n":%d,"messageId":"same"}' % n, "same", EventMetadata(source_id=f"s{n}")) for n in range(5)]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert [(outcome.message_id, outcome.status) for outcome in result.outcomes] == [("same", Status.EMITTED)] * 5
    assert [(output.inputs, output.json()["sourceId"]) for output in result.outputs] == [((n,), f"s{n}") for n in range(5)]


async def test_7_outputs_of_a_batch_function_keep_the_event_that_they_come_from(client, publish):
    name = await publish(
        "def transformBatch(events, metadata):\n"
        "    for event in events:\n        event['source'] = metadata(event)['sourceId']\n        event['messageId'] += '-new'\n"
        "    return [event for event in events[::-1] if event['n'] % 2]\n"
    )
    events = [Event(b'{"n":%d,"messageId":"m%d"}' % (n, n), f"m{n}", EventMetadata(source_id=f"s{n}")) for n in range(6)]
    result = await client.transform(workspace="default", transformations=[name], events=events)
    assert [outcome.status for outcome in result.outcomes] == [Status.DROPPED, Status.EMITTED] * 3
    assert [(output.inputs, output.json()["source"], output.json()["messageId"]) for output in result.outputs] == [
        ((n,), f"s{n}", f"m{n}-new") for n in (1, 3, 5)
    ]


async def test_7_an_output_of_nobody_is_an_error_and_not_the_first_events(client, publish):
    name = await publish("def transformBatch(events, metadata):\n    return [{'messageId': 'made up'}]\n")
    result = await client.transform(workspace="default", transformations=[name], events=[Event(b'{"messageId":"a"}', "a")])
    assert result.outputs == ()
    assert result.outcomes[0].failure.code is Code.OUTPUT_UNKNOWN


async def test_7_the_same_request_has_the_same_answer_every_time(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    return [event] if event['n'] % 2 else None\n")
    events = [Event(b'{"n":%d}' % n) for n in range(6)]
    answers = {await client.transform(workspace="default", transformations=[name], events=events) for _ in range(3)}
    assert len(answers) == 1
    [answer] = answers
    assert [outcome.message_id for outcome in answer.outcomes] == [""] * 6  # no id came, and none is made up
    assert [outcome.status for outcome in answer.outcomes] == [Status.DROPPED, Status.EMITTED] * 3


async def test_8_no_events_are_no_error(client, publish):
    name = await publish(IDENTITY)
    result = await client.transform(workspace="default", transformations=[name], events=[])
    assert (result.outcomes, result.outputs) == ((), ())


async def test_9_transformations_are_chained_and_each_event_has_its_own_metadata(client, publish):
    add = await publish(
        "def transformEvent(event, metadata):\n    event['path'] = [metadata(event)['sourceId']]\n    return event\n"
    )
    then = await publish("def transformEvent(event, metadata):\n    event['path'].append('then')\n    return event\n")
    events = [Event(b"{}", f"m{n}", EventMetadata(source_id=f"s{n}")) for n in range(3)]
    result = await client.transform(workspace="default", transformations=[add, then], events=events)
    assert [output.json()["path"] for output in result.outputs] == [[f"s{n}", "then"] for n in range(3)]


MUTATES = "def transformEvent(event, metadata):\n    event['user']['seen'] += 1\n    event.pop('type')\n    return event\n"


async def test_16_what_code_does_to_an_event_is_not_seen_by_another_transformation(client, publish):
    mutates, looks = await publish(MUTATES), await publish(IDENTITY)
    event = Event(b'{"type":"track","user":{"seen":0}}', "m")

    async def send(name):
        return (await client.transform(workspace="default", transformations=[name], events=[event])).outputs[0].payload

    for _ in range(3):
        assert await send(mutates) == b'{"user":{"seen":1}}'
        assert await send(looks) == event.payload


async def test_16_an_event_that_runs_again_in_a_fresh_worker_is_as_it_came(client, publish):
    """All but the poison run in a worker that is killed, and those that it did not answer run once more."""
    name = await publish(
        "def transformEvent(event, metadata):\n    event['times'] += 1\n    while event.get('bad'):\n        pass\n    return event\n"
    )
    events = [{"n": n, "times": 0, "bad": n == 3} for n in range(8)]
    result = await client.transform(workspace="default", transformations=[name], events=events, timeout=30)
    assert [(output.json()["n"], output.json()["times"]) for output in result.outputs] == [(n, 1) for n in range(8) if n != 3]


async def test_16_an_output_that_is_changed_after_it_was_emitted_changes_no_other(client, publish):
    name = await publish(
        "def transformEvent(event, metadata):\n    out = []\n    for n in range(3):\n        event['part'] = n\n"
        "        out.append(dict(event))\n    return out\n"
    )
    result = await client.transform(workspace="default", transformations=[name], events=[{"user": {}}] * 2)
    assert [(output.inputs, output.json()["part"]) for output in result.outputs] == [
        ((i,), n) for i in range(2) for n in range(3)
    ]


async def test_16_metadata_that_code_changes_is_changed_for_nobody_else(client, publish):
    name = await publish(
        "def transformEvent(event, metadata):\n    mine = metadata(event)\n    before = dict(mine)\n    deep = mine['deep']['n']\n"
        "    mine['sourceId'] = 'mine'\n    mine['deep']['n'] += 1\n    return {'source': before['sourceId'], 'deep': deep}\n"
    )
    defaults = EventMetadata(source_id="web", attributes={"deep": {"n": 0}})
    events = [Event(b"{}", "a"), Event(b"{}", "b"), Event(b"{}", "c", EventMetadata(attributes={"deep": {"n": 0}}))]
    for _ in range(2):
        result = await client.transform(workspace="default", transformations=[name], events=events, defaults=defaults)
        assert [output.json() for output in result.outputs] == [{"source": "web", "deep": 0}] * 3
