"""One bad event is one bad outcome, that says what it is; its neighbours, in its batch and in other requests, are served.

Defects 3 and 6 of the incumbent: one event that loops, takes all memory or cannot be copied fails its whole group for good, and
one that takes all memory fails every request of its transformation that runs at that time.
"""

import asyncio

import pytest

from transformer.client import Status
from transformer.errors import Code

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

GOOD = {"type": "track"}


def codes(result):
    return [outcome.failure.code if outcome.failure else outcome.status for outcome in result.outcomes]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("while True: pass", Code.TIME_LIMIT),
        ("held = [bytearray(2 ** 20) for _ in range(10 ** 6)]", Code.MEMORY_LIMIT),
        ("return {'f': lambda: 0}", Code.OUTPUT_NOT_JSON),
        ("event['self'] = event; return event", Code.OUTPUT_NOT_JSON),
        ("return event['no']['such']['thing']", Code.EXCEPTION),
        ("return (lambda f: f(f))(lambda f: f(f))", Code.EXCEPTION),
    ],
    ids=["loop", "memory", "function", "cycle", "missing", "recursion"],
)
async def test_3_a_poison_event_fails_alone_and_as_what_it_is(client, publish, body, code):
    name = await publish(f"def transformEvent(event, metadata):\n  if event.get('bad'):\n    {body}\n  return event\n")
    events = [{**GOOD, "n": n} for n in range(20)]
    events[7]["bad"] = True

    result = await client.transform(workspace="default", transformations=[name], events=events, timeout=30)

    assert codes(result) == [code if n == 7 else Status.EMITTED for n in range(20)]
    assert [(output.inputs, output.json()["n"]) for output in result.outputs] == [((n,), n) for n in range(20) if n != 7]
    failure = result.outcomes[7].failure
    assert not failure.retryable  # for ever the same: the data plane need not try
    assert failure.message


@pytest.mark.slow
async def test_3_several_poison_events_fail_alone_each(client, publish):
    name = await publish("def transformEvent(event, metadata):\n  while event.get('bad'):\n    pass\n  return event\n")
    events = [{"bad": n in {0, 4, 9}} for n in range(10)]
    result = await client.transform(workspace="default", transformations=[name], events=events, timeout=30)
    assert codes(result) == [Code.TIME_LIMIT if n in {0, 4, 9} else Status.EMITTED for n in range(10)]


async def test_6_a_memory_bomb_kills_no_other_request_of_its_transformation(client, publish):
    name = await publish(
        "import time\n\ndef transformEvent(event, metadata):\n  held = []\n  while event.get('bomb'):\n"
        "    held.append(bytearray(2 ** 20))\n  time.sleep(0.01)\n  return event\n"
    )

    def send(*events):
        return client.transform(workspace="default", transformations=[name], events=list(events), timeout=60)

    innocents = [send(*[GOOD] * 10) for _ in range(6)]
    bomb, *others = await asyncio.gather(send({"bomb": True}), *innocents)
    assert codes(bomb) == [Code.MEMORY_LIMIT]
    assert [codes(other) for other in others] == [[Status.EMITTED] * 10] * 6


async def test_6_log_works_on_every_request_and_not_only_on_the_first(client, publish):
    name = await publish("def transformEvent(event, metadata):\n    log('saw', event['n'])\n    return event\n")
    for n in range(5):
        result = await client.transform(workspace="default", transformations=[name], events=[{"n": n}], include_logs=True)
        assert codes(result) == [Status.EMITTED]
        assert result.outcomes[0].logs == (f"saw {n}",)


async def test_8_a_batch_function_that_fails_is_told_once_for_each_of_its_events(client, publish):
    name = await publish("def transformBatch(events, metadata):\n    return events[99]\n")
    result = await client.transform(workspace="default", transformations=[name], events=[GOOD] * 3)
    assert codes(result) == [Code.EXCEPTION] * 3
