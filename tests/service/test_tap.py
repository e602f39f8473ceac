"""The tap, on a real server: what a watcher gets, what nobody gets, and how a watch ends."""

import asyncio
import contextlib

import orjson
import pytest
import pytest_asyncio

from transformer.client import Event, EventMetadata, Status, TapStatus
from transformer.errors import CallerError, Code, PlatformError

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Every secret is told in every way that code has: a copy, a message, a log, a reason, a key.
CHATTY = """
def transformEvent(event, metadata):
    log("the password is " + str(event.get("password")))
    if event.get("do") == "fail":
        raise ValueError("bad password " + event["password"])
    if event.get("do") == "drop":
        raise Drop("dropped " + event["password"])
    event["copy"] = event.get("password")
    event[str(event.get("password"))] = "key"
    return [event] * event.get("times", 1)
"""
SECRET = "hunter2-s3cr3t"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Heartbeats, and looks at the registry, ten times a second: tests wait for them."""
    monkeypatch.setattr("transformer.tap.watch.HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("transformer.service.tap._FOLLOW_SECONDS", 0.1)


class Watching:
    """A watch under way: `events` and the last `status` so far."""

    def __init__(self, messages):
        self.events = []
        self.status = None
        self.error = None
        self._messages = messages
        self.task = asyncio.create_task(self._read())

    async def _read(self):
        try:
            async for message in self._messages:
                if isinstance(message, TapStatus):
                    self.status = message
                else:
                    self.events.append(message)
        except (CallerError, PlatformError) as error:
            self.error = error

    def payloads(self):
        return [event.before_json() for event in self.events]


@pytest_asyncio.fixture(loop_scope="session")
async def watch(client, until):
    """await watch(name, …): a watch that is in place; ended after the test."""
    running = []

    async def start(name, by=client, **options):
        watching = Watching(by.tap("default", name, **options))
        running.append(watching)
        await until(lambda: watching.status or watching.error)
        return watching

    yield start
    for watching in running:
        watching.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching.task


async def send(client, name, events, **options):
    return await client.transform(workspace="default", transformations=[name], events=events, **options)


async def test_a_watcher_sees_events_before_and_after(client, publish, watch, until):
    name = await publish("def transformEvent(event, metadata):\n    event['n'] += 1\n    return event\n")
    watching = await watch(name)
    await send(client, name, [{"n": 1, "messageId": "m1"}, {"n": "x", "messageId": "m2"}])
    await until(lambda: len(watching.events) == 2)
    good, bad = watching.events
    assert (good.before_json(), good.after_json()) == ({"n": 1, "messageId": "m1"}, [{"n": 2, "messageId": "m1"}])
    assert (good.outcome.status, good.outcome.message_id) == (Status.EMITTED, "m1")
    assert good.version == f"workspaces/default/transformations/{name}/versions/1"
    assert (bad.outcome.status, bad.after, bad.outcome.failure.code) == (Status.FAILED, (), Code.EXCEPTION)
    assert (bad.outcome.failure.place.line, bad.outcome.failure.version) == (2, good.version)


async def test_an_event_is_shown_with_all_of_its_outputs(client, publish, watch, until):
    name = await publish("def transformBatch(events, metadata):\n    return [events[0], {'sum': len(events)}, events[1]]\n")
    watching = await watch(name)
    result = await send(client, name, [{"n": 1}, {"n": 2}])
    await until(lambda: len(watching.events) == 2)
    for index, event in enumerate(watching.events):
        assert list(event.after) == [output.payload for output in result.outputs if index in output.inputs]


async def test_a_filter_chooses_and_counts(client, publish, watch, until):
    name = await publish()
    watching = await watch(name, filter='event.n > 2 && outcome == "emitted" && metadata.sourceId == "s"')
    metadata = EventMetadata(source_id="s")
    await send(client, name, [{"n": n} for n in range(5)] + [{"n": "x"}, {}], defaults=metadata)
    await until(lambda: watching.status.shown + watching.status.filtered + watching.status.filter_errors == 7)
    assert [event["n"] for event in watching.payloads()] == [3, 4]
    status = watching.status
    assert (status.seen, status.shown, status.filtered, status.filter_errors) == (7, 2, 4, 1)
    assert status.filter_error.startswith("No such overload")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": "event.n ==\n=="}, "filter: 2:1: "),
        ({"filter": "evnt.n == 1"}, "filter: 1:1: there is no evnt; "),
        ({"filter": "(" * 2000}, "filter: "),
        ({"filter": "true || " * 1000 + "true"}, "filter: it may have 4096 bytes"),
        ({"fields": ["a..b"]}, "fields: 'a..b' is no field; "),
        ({"fields": ["a"] * 101}, "fields: there may be 100"),
        ({"sample": 0.0}, "sample_rate: a share is from 0.0001 to 1"),
        ({"sample": 1.5}, "sample_rate: a share is from 0.0001 to 1"),
        ({"sample": float("nan")}, "sample_rate: a share is from 0.0001 to 1"),
    ],
)
async def test_a_wrong_request_is_refused_with_the_place(publish, watch, options, message):
    watching = await watch(await publish(), **options)
    assert watching.error.code is Code.BAD_REQUEST
    assert watching.error.message.startswith(message)


async def test_what_does_not_exist_is_not_found(publish, watch):
    name = await publish()
    for path in ("nobody", f"transformations/{name}/versions/9", f"transformations/{name}/aliases/canary"):
        assert (await watch(path)).error.code is Code.NOT_FOUND


async def test_a_sticky_sample_sees_all_events_of_some_users(client, publish, watch, until):
    name = await publish()
    watching = await watch(name, sample=0.3, sticky=True)
    events = [
        Event(orjson.dumps({"user": n % 50, "n": n}), metadata=EventMetadata(ordering_key=f"user-{n % 50}")) for n in range(200)
    ]
    await send(client, name, events)
    await until(lambda: watching.status.unsampled + watching.status.shown == 200)
    users = [event["user"] for event in watching.payloads()]
    assert 0 < len(set(users)) < 50
    assert all(users.count(user) == 4 for user in users)
    assert watching.status.unsampled + watching.status.shown == 200


async def test_outcomes_fields_and_numbers_are_chosen(client, publish, watch, until):
    name = await publish(CHATTY)
    watching = await watch(name, outcomes=[Status.DROPPED], fields=["do"], max_events=2)
    await send(client, name, [{"password": SECRET, "do": do} for do in ("drop", "fail", "none", "drop", "drop")])
    await watching.task
    assert [event.before for event in watching.events] == [b'{"do":"drop"}'] * 2
    assert watching.events[0].outcome.drop_reason == "dropped [redacted]"
    assert watching.status.shown == 2


async def test_events_per_second_are_limited(client, publish, watch, until):
    name = await publish()
    watching = await watch(name, max_per_second=5)
    await send(client, name, [{"n": n} for n in range(100)])
    await until(lambda: watching.status.limited + watching.status.shown == 100)
    assert 5 <= watching.status.shown < 100
    assert watching.status.limited


async def test_the_versions_that_are_watched_are_the_ones_that_are_shown(client, publish, watch, until):
    """A canary splits a batch into parts; each event is told with the version that it ran through."""
    code = "def transformEvent(event, metadata):\n    return {{'v': {}}}\n"
    name = await publish(code.format(1), code.format(2), code.format(3))
    await client.activate_version("default", name, 1)
    await client.activate_version("default", name, 2, alias="canary", percent=50)
    whole = await watch(name)
    live, canary = await watch(f"transformations/{name}/aliases/live"), await watch(f"transformations/{name}/aliases/canary")
    second = await watch(f"transformations/{name}/versions/2")
    await send(client, name, [Event(b'{"a":1}', f"m{n}") for n in range(40)])
    await until(lambda: len(whole.events) == 40)
    assert {(event.version[-1], event.after_json()[0]["v"]) for event in whole.events} == {("1", 1), ("2", 2)}
    await until(lambda: len(live.events) + len(canary.events) == 40)
    ids = [event.outcome.message_id for event in canary.events]
    assert {event.version[-1] for event in canary.events} == {"2"}
    await until(lambda: len(second.events) == len(ids))
    assert [event.outcome.message_id for event in second.events] == ids


async def test_an_alias_is_followed_when_it_moves(client, publish, watch, until):
    name = await publish("def transformEvent(e, m):\n    return {'v': 1}\n", "def transformEvent(e, m):\n    return {'v': 2}\n")
    watching = await watch(f"transformations/{name}/aliases/live")
    await client.activate_version("default", name, 1)
    await until(lambda: watching.status.seen == 0 and watching.status is not None)
    for _ in range(100):
        await send(client, name, [{}])
        if watching.events:
            break
        await asyncio.sleep(0.05)
    assert watching.events[0].after_json() == [{"v": 1}]


async def test_of_several_transformations_an_event_is_shown_as_it_came_and_left(client, publish, watch, until):
    first = await publish(
        "def transformEvent(e, m):\n    if e['n'] == 2: raise ValueError('no')\n    return {'n': e['n'] * 10}\n"
    )
    second = await publish("def transformEvent(e, m):\n    return {'n': e['n'] + 1}\n")
    before, after = await watch(first), await watch(second)
    await client.transform(workspace="default", transformations=[first, second], events=[{"n": 1}, {"n": 2}])
    await until(lambda: len(before.events) == 2 and after.events)
    assert [(event.before_json(), event.after_json()) for event in after.events] == [({"n": 1}, [{"n": 11}])]
    assert before.events[0].after_json() == [{"n": 11}]
    assert [event.version.split("/")[3] for event in before.events] == [first, first]


async def test_another_workspace_sees_nothing(client, publish, watch):
    name = await publish()
    await client.create_workspace("elsewhere")
    await client.create_transformation("elsewhere", name)
    watching = await watch(f"workspaces/elsewhere/transformations/{name}")
    own = await watch(name, max_events=1)
    await send(client, name, [{}])
    await own.task
    assert watching.status.seen == 0
    assert watching.events == []


async def test_what_is_hidden_is_nowhere(client, publish, watch, until):
    name = await publish(CHATTY)
    watching = await watch(name, include_logs=True)
    events = [
        {"password": SECRET, "do": do, "mail": "ann@example.org", "messageId": f"id of ann@example.org {do}"} for do in "ab"
    ]
    events += [{"password": SECRET, "do": do, "times": 2} for do in ("drop", "fail", "emit")]
    result = await send(client, name, events)
    assert [outcome.logs for outcome in result.outcomes] == [()] * 5  # it was the watcher who asked for them
    await until(lambda: len(watching.events) == 5)
    told = repr(watching.events)
    assert SECRET not in told
    assert "ann@" not in told
    assert "bad password [redacted]" in told
    assert "the password is [redacted]" in told
    assert watching.events[0].after_json()[0]["copy"] == "[redacted]"
