"""How JavaScript code runs in a turn: promises, timers, batches, metadata, logs, and what is kept from event to event."""

import time

import orjson
import pytest

from transformer.engines.base import Drop, Host, LoadError
from transformer.engines.catalog import ENGINES
from transformer.errors import Code
from transformer.outcome import Place
from transformer.worker.attribution import attribute, message_id


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["javascript"])


@pytest.fixture
def fails_with(load):
    """fails_with(program, event) → what the failure of the call is explained as."""

    def fail(program, event=None):
        with pytest.raises(Exception) as caught:
            program.call({} if event is None else event, lambda _: {})
        return program.explain(caught.value)

    return fail


class TestPromises:
    @pytest.mark.parametrize(
        "body",
        [
            "return event;",
            "await null; return event;",
            "for (let i = 0; i < 50; i++) await i; return event;",
            "return new Promise((resolve) => setTimeout(resolve, 2, event));",
            "return {then(resolve) { resolve(event); }};",
            "await new Promise((r) => setTimeout(r, 1)); await new Promise((r) => setTimeout(r, 1)); return event;",
            "return Promise.all([1, 2]).then(() => event);",
            "return await Promise.race([new Promise(() => 0), new Promise((r) => setTimeout(r, 1, event))]);",
        ],
    )
    def test_what_a_promise_settles_to_is_what_was_returned(self, load, body):
        program = load(f"export async function transformEvent(event, metadata) {{ {body} }}")
        assert [program.call({"n": n}, None) for n in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]

    def test_a_rejection_is_an_error_with_its_place(self, load, fails_with):
        found = fails_with(load("export async function transformEvent() {\n  await null;\n  throw new TypeError('late');\n}"))
        assert (found.code, found.message, found.place) == (Code.EXCEPTION, "TypeError: late", Place(3, 9, "transformEvent"))

    def test_a_promise_that_cannot_settle_fails_at_once(self, load, fails_with):
        program = load("export function transformEvent(e) { return e.ok ? {ok: 1} : new Promise(() => 0); }")
        started = time.monotonic()
        found = fails_with(program)
        assert time.monotonic() - started < 5
        assert found.code == Code.EXCEPTION
        assert "never settle" in found.message
        assert program.call({"ok": 1}, None) == {"ok": 1}

    def test_what_one_event_left_open_does_not_settle_another(self, load, fails_with):
        program = load("""
            let resume;
            export async function transformEvent(event) {
              if (event.n === 0) { await new Promise((resolve) => { resume = resolve; }); return {of: 0}; }
              resume();
              await null; await null; await null;
              return {of: event.n};
            }""")
        fails_with(program, {"n": 0})
        assert program.call({"n": 1}, None) == {"of": 1}

    def test_a_tampered_promise_breaks_only_its_own_event(self, load, fails_with):
        program = load("""
            export function transformEvent(event) {
              if (event.ok) return event;
              const promise = Promise.resolve(event);
              Object.defineProperty(promise, 'constructor', {get() { throw new Error('mine'); }});
              return promise;
            }""")
        assert fails_with(program).message == "Error: mine"
        assert program.call({"ok": 1}, None) == {"ok": 1}


class TestTimers:
    def test_timers_run_in_order_and_get_their_arguments(self, load, logged):
        program = load("""
            export function transformEvent() {
              setTimeout(log, 6, 'third'); setTimeout(log, 2, 'first', 1); setTimeout(() => log('second'), 2);
              clearTimeout(setTimeout(log, 3, 'never'));
              return new Promise((resolve) => setTimeout(resolve, 8, {}));
            }""")
        assert program.call({}, None) == {}
        assert logged == ["first 1", "second", "third"]

    def test_microtasks_run_between_timers(self, load, logged):
        load("""
            export function transformEvent() {
              setTimeout(() => { log(1); Promise.resolve().then(() => log(2)); }, 1);
              setTimeout(() => log(3), 1);
              return new Promise((resolve) => setTimeout(resolve, 3, {}));
            }""").call({}, None)
        assert logged == ["1", "2", "3"]

    def test_an_interval_runs_until_it_is_cleared(self, load):
        program = load("""
            export function transformEvent() {
              let n = 0;
              return new Promise((resolve) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); resolve({n}); } }, 1); });
            }""")
        assert program.call({}, None) == {"n": 3}

    def test_a_throwing_timer_is_an_error_of_the_event(self, load, fails_with):
        program = load(
            "export function transformEvent() { setTimeout(() => { throw new Error('t'); }, 1); return new Promise(() => 0); }"
        )
        assert fails_with(program).message == "Error: t"

    def test_timers_end_with_their_event(self, load, logged):
        program = load("""
            export async function transformEvent(event) {
              if (event.first) { setTimeout(log, 1, 'left over'); await null; return {}; }
              await new Promise((resolve) => setTimeout(resolve, 5));
              return {};
            }""")
        program.call({"first": True}, None)
        program.call({}, None)
        assert logged == []

    def test_a_delay_that_is_no_number_is_the_shortest(self, load):
        program = load(
            "export const transformEvent = async (e) => { for (const d of [undefined, -5, 'x', NaN, Infinity, 2 ** 40]) await new Promise((r) => setTimeout(r, d)); return e; }"
        )
        assert program.call({"n": 1}, None) == {"n": 1}

    def test_a_callback_must_be_a_function(self, load, fails_with):
        assert fails_with(load("export function transformEvent() { setTimeout('log(1)'); }")).message.startswith("TypeError: ")


class _Item:
    def __init__(self, value, index):
        self.value, self.index = value, index


class TestBatches:
    def owners(self, program, events):
        items = [_Item(event, index) for index, event in enumerate(events)]
        ids = [message_id(event) for event in events]
        return attribute(program.call(events, lambda _: {}), items, ids, 100)

    def test_outputs_that_are_inputs_keep_their_identity(self, load):
        program = load(
            "export function transformBatch(events) { events.sort((a, b) => b.n - a.n); events[0].x = {y: events.length}; return [events[1], events[0], events[0]]; }"
        )
        assert self.owners(program, [{"n": 1}, {"n": 2}]) == [
            ({"n": 1}, 0),
            ({"n": 2, "x": {"y": 2}}, 1),
            ({"n": 2, "x": {"y": 2}}, 1),
        ]

    def test_other_outputs_belong_by_message_id(self, load):
        program = load("export const transformBatch = async (events) => events.map((event) => ({...event, y: 1}));")
        assert self.owners(program, [{"messageId": "a"}, {"messageId": "b"}]) == [
            ({"messageId": "a", "y": 1}, 0),
            ({"messageId": "b", "y": 1}, 1),
        ]

    def test_legacy_transform_gets_the_whole_batch(self, load):
        program = load(
            "function transform(events) { return events.filter((event) => event.n > 1).map((event) => { event.m = metadata(event).k; return event; }); }"
        )
        assert program.entry_point == "transformBatch"
        events = [{"n": 1}, {"n": 2}]
        assert program.call(events, lambda event: {"k": events.index(event)}) == [{"n": 2, "m": 1}]

    def test_an_unsayable_value_stays_in_its_own_output(self, load):
        program = load("export function transformBatch(events) { events[1].f = () => 1; return events; }")
        (first, _), (second, owner) = self.owners(program, [{"n": 0}, {"n": 1}])
        assert (first, second["n"], owner, type(second["f"]).__name__) == ({"n": 0}, 1, 1, "function")

    @pytest.mark.parametrize("event", [{"n": 1}, {"messageId": 5}])
    def test_nothing_leaks_from_one_batch_into_the_next(self, load, event):
        program = load(
            "export function transformBatch(events) { const seen = events.map((e) => Object.keys(e).length); events[0].leak = 1; events.length = 0; return seen; }"
        )
        assert program.call([dict(event)], None) == program.call([dict(event)], None) == [1]


class TestMetadata:
    def test_each_call_gives_a_fresh_object(self, load):
        program = load(
            "export function transformEvent(event, metadata) { const m = metadata(event); m.x = 1; return [m !== metadata(event), metadata(event)]; }"
        )
        assert program.call({}, lambda _: {"sourceId": "s"}) == [True, {"sourceId": "s"}]

    def test_the_event_itself_is_asked_for_as_the_object_it_came_from(self, load):
        event, asked = {"n": 1}, []
        load(
            "export async function transformEvent(event, metadata) { await null; event.n = 2; metadata(event); metadata({messageId: 'a', b: 1}); metadata({messageId: 4}); metadata(); metadata('x'); metadata({messageId: {}}); return null; }"
        ).call(event, lambda one: asked.append(one) or {})
        assert asked[0] is event
        assert asked[1:] == [{"messageId": "a"}, {"messageId": 4}, *[{"messageId": None}] * 3]

    def test_events_of_a_batch_are_found_wherever_they_went(self, load):
        events, asked = [{"n": 1}, {"n": 2}], []
        load(
            "export function transformBatch(events, metadata) { const [a, b] = events; events.reverse(); events.pop(); a.messageId = 'new'; metadata(a); metadata(b); return []; }"
        ).call(events, lambda one: asked.append(one) or {})
        assert [id(one) for one in asked] == [id(one) for one in events]

    def test_a_failing_lookup_is_what_the_call_raises(self, load):
        class RefusedError(Exception):
            pass

        def lookup(_):
            raise RefusedError("no")

        program = load(
            "export function transformEvent(event, metadata) { if (event.a) { try { metadata(event); } catch (e) { return {e: String(e)}; } } return metadata(event); }"
        )
        with pytest.raises(RefusedError):
            program.call({}, lookup)
        assert program.call({"a": 1}, lookup) == {"e": "Error: no"}


class TestLogs:
    @pytest.mark.parametrize(
        ("values", "line"),
        [
            ("'a', {b: 1}", 'a {"b":1}'),
            ("'a b', 1, true, null, undefined, 2n", "a b 1 true null undefined 2"),
            ("[1, 'x', {}]", '[1,"x",{}]'),
            ("new Error('no')", "Error: no"),
            ("new Date(0)", '"1970-01-01T00:00:00.000Z"'),
            ("Symbol('s')", "Symbol(s)"),
            ("", ""),
            ("{toJSON() { throw 1 }}", "[object Object]"),
            ("new Proxy({}, {get() { throw 1 }, ownKeys() { throw 2 }})", "(it could not be said)"),
            ("'x'.repeat(30000)", "x" * 20000),
        ],
    )
    def test_values_are_joined_by_blanks(self, load, logged, values, line):
        load(f"export function transformEvent() {{ log({values}); }}").call({}, None)
        assert logged == [line]

    def test_logs_work_in_every_call_and_after_awaits(self, load, logged):
        program = load(
            "log('load');\nexport async function transformEvent(e) { log(e.n); await null; log(e.n); Promise.resolve().then(() => log('floating', e.n)); return e; }"
        )
        for n in range(2):
            program.call({"n": n}, None)
        assert logged == ["load", "0", "0", "floating 0", "1", "1", "floating 1"]


def test_places_count_characters(load, fails_with):
    source = "const a = '😀😀'; function transformEvent() { const b = '😀'; null.x; }"
    assert fails_with(load(source)).place == Place(1, source.index("x; }") + 1, "transformEvent")


def test_what_is_not_json_cannot_go_in(load):
    program = load("export function transformEvent(e) { return e; }")
    with pytest.raises(TypeError) as caught:
        program.call({"s": {1, 2}}, None)
    assert program.explain(caught.value).code == Code.EXCEPTION


def test_verdicts_of_a_batch_come_out(load):
    with pytest.raises(Drop):
        load("export async function transformBatch() { throw new Drop('all'); }").call([{}], None)


def test_orjson_reads_what_stringify_writes(load):
    event = {"a": [1e300, -0.0, 1e-320, 2**53, 0.1], "b": "\u2028", "": {"": []}}
    assert load("export function transformEvent(e) { return e; }").call(event, None) == orjson.loads(orjson.dumps(event))


def test_a_failing_load_leaves_a_working_engine(engine):
    for _ in range(3):
        with pytest.raises(LoadError):
            engine.load("throw null;\nexport function transformEvent() {}", "x", Host(print))
    assert engine.load("export function transformEvent() { return 1; }", "x", Host(print)).call({}, None) == 1
