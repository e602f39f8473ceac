"""What JavaScript code may return, throw, wait for and log, as the worker sees it."""

import math

import orjson
import pytest

from transformer.engines.base import Drop, Host, Invalid, LoadError, Retry
from transformer.engines.catalog import ENGINES
from transformer.errors import Code
from transformer.outcome import Place
from transformer.worker.json_values import OutputError, encode


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["javascript"])


@pytest.fixture
def call(load):
    """call(body, event) → what `function transformEvent(event, metadata) {body}` returned; `before` stands at the top level."""

    def call_it(body, event=None, *, before="", kind="function", metadata=lambda _: {"sourceId": "s"}):
        program = load(f"{before}\nexport {kind} transformEvent(event, metadata) {{ {body} }}\n")
        return program.call({"n": 1} if event is None else event, metadata)

    return call_it


@pytest.fixture
def explained(load):
    """explained(body) → what the failure of an event function is explained as."""

    def fail(body, before="", kind="function"):
        program = load(f"{before}\nexport {kind} transformEvent(event, metadata) {{ {body} }}\n")
        with pytest.raises(Exception) as caught:
            program.call({"n": 1}, lambda _: {})
        return program.explain(caught.value)

    return fail


TEXTS = [
    "",
    "plain",
    "é",
    "€",
    "😀",
    "a\0b",
    "\u2028\u2029",
    "\U0010ffff\ufffe\uffff",
    "\U0001d4b3" * 3000,
    'mixed é€😀\\"\n\x1f\x7f',
    "x" * 100_000,
]


class TestText:
    @pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
    def test_every_character_comes_through_both_ways(self, call, text):
        event = {"text": text, text: 1}
        returned = call("return {...event, n: event.text.length}", event)
        assert returned == {"text": text, text: 1, "n": len(text.encode("utf-16-le")) // 2}

    @pytest.mark.parametrize("text", TEXTS[:9], ids=range(9))
    def test_every_character_in_code_logs_metadata_and_errors(self, load, logged, text):
        quoted = orjson.dumps(text).decode()
        program = load(
            f"export function transformEvent(e, m) {{ log({quoted}); if (e.fail) throw new Error({quoted}); return m(e); }}"
        )
        assert program.call({}, lambda _: {"k": text}) == {"k": text}
        assert logged == [text]
        with pytest.raises(Exception) as caught:
            program.call({"fail": True}, lambda _: {})
        assert program.explain(caught.value).message in {f"Error: {text}", f"Error: {text[:1000]}…", "Error"}

    def test_half_a_surrogate_pair_is_refused_when_it_is_encoded(self, call):
        with pytest.raises(OutputError, match="half of a surrogate pair"):
            encode(call("return {x: '\\ud800'}"))

    def test_half_a_surrogate_pair_in_a_log_or_an_error_is_replaced(self, load, logged):
        program = load("export function transformEvent(e) { log('a\\ud800'); throw new Error('b\\udc00'); }")
        with pytest.raises(Exception, match="b\ufffd"):
            program.call({}, None)
        assert logged == ["a\ufffd"]

    def test_a_megabyte_comes_through(self, call):
        text = "aé€😀" * 250_000
        assert call("return event", {"text": text}) == {"text": text}


class TestReturns:
    @pytest.mark.parametrize(
        "value", [None, True, 0, -1, 1.5, "x", {}, [], [{"a": [None]}], {"__proto__": 1, "toJSON": 2, "then": 3}]
    )
    def test_json_comes_back_as_it_went(self, call, value):
        assert call("return event.value", {"value": value}) == value

    @pytest.mark.parametrize("body", ["return undefined", "return null", "return", ""])
    def test_nothing_is_none(self, call, body):
        assert call(body) is None

    def test_what_json_leaves_out_is_left_out(self, call):
        body = "class A { constructor() { this.x = 1 } f() {} get g() { return 2 } }; return {d: new Date(0), u: undefined, a: new A()}"
        assert call(body) == {"d": "1970-01-01T00:00:00.000Z", "a": {"x": 1}}

    def test_an_instance_of_a_class_is_an_event(self, call):
        assert call("class A { x = 1; f() {} }; return new A()") == {"x": 1}

    def test_an_object_that_inherits_functions_is_an_event(self, call):
        assert call("return Object.assign(Object.create({f() {}}), {x: NaN === 1})") == {"x": False}

    def test_integers_beyond_doubles_may_be_bigints(self, call):
        assert call("return {n: 9007199254740993n}") == {"n": 9007199254740993}

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            ("NaN", "NaN and infinity are not JSON"),
            ("-Infinity", "NaN and infinity are not JSON"),
            ("() => 1", "a value of type function is not JSON"),
            ("Symbol('s')", "a value of type symbol is not JSON"),
            ("2n ** 64n", "the integer does not fit 64 bits"),
            ("10n ** 1000n", "the integer does not fit 64 bits"),
        ],
    )
    def test_what_json_cannot_say_is_refused_with_its_path(self, call, value, told):
        with pytest.raises(OutputError, match=rf"^output\.a\[1\]\.b: {told}") as caught:
            encode(call(f"return {{a: [0, {{b: {value}}}]}}"))
        assert caught.value.code == Code.OUTPUT_NOT_JSON

    def test_a_cycle_is_refused(self, call):
        with pytest.raises(OutputError, match="it contains itself"):
            encode(call("event.a = {b: [event]}; return event"))

    def test_too_deep_nesting_is_refused_as_such(self, call):
        with pytest.raises(OutputError, match="nested deeper than 250 levels") as caught:
            encode(call("let a = {}; for (let i = 0; i < 5000; i++) a = {a}; return a"))
        assert caught.value.deep

    def test_the_deepest_nesting_passes(self, call):
        event = {}
        for _ in range(249):
            event = {"a": event}
        assert encode(call("return event", event))

    def test_a_string_that_looks_like_a_mark_is_a_string(self, call):
        value = "\x010123456789abcdef number NaN"
        assert call("return {s: event.s, f: event.s === 1 ? 1 : 2n}", {"s": value}) == {"s": value, "f": 2}

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ("new Map()", "Map"),
            ("new Date()", "Date"),
            ("/x/", "RegExp"),
            ("() => 1", "function"),
            ("Symbol()", "symbol"),
            ("new Uint8Array(2)", "Uint8Array"),
        ],
    )
    def test_other_objects_are_no_events_and_keep_their_kind(self, call, value, kind):
        assert type(call(f"return {value}")).__name__ == kind
        first, second = call(f"return [event, {value}]")
        assert (first, type(second).__name__) == ({"n": 1}, kind)

    def test_not_a_number_alone(self, call):
        assert math.isnan(call("return NaN"))

    def test_replaced_builtins_do_not_reach_the_driver(self, call):
        before = """
        const all = [JSON, Array.prototype, Object, Object.prototype, Promise.prototype, Reflect, Map.prototype, String.prototype];
        const names = all.map(Object.getOwnPropertyNames);
        for (let i = 0; i < names.length; i++)
          for (let k = 0; k < names[i].length; k++)
            try { if (names[i][k] !== 'constructor') all[i][names[i][k]] = () => { throw new Error('mine'); }; } catch {}
        """
        assert call("await null; event.x = metadata(event); return event", before=before, kind="async function") == {
            "n": 1,
            "x": {"sourceId": "s"},
        }

    def test_a_result_whose_getter_throws_is_an_error_of_the_event(self, explained):
        assert explained("return {get x() { throw new TypeError('trap'); }}").message == "TypeError: trap"


class TestThrown:
    def test_errors_have_class_message_and_place(self, explained):
        found = explained("return event.a.b;")
        assert (found.code, found.message) == (Code.EXCEPTION, "TypeError: Cannot read properties of undefined (reading 'b')")
        assert found.place == Place(2, 66, "transformEvent")

    @pytest.mark.parametrize(
        ("thrown", "message"),
        [
            ("'text'", "text"),
            ("''", "an empty string was thrown"),
            ("null", "null was thrown"),
            ("undefined", "undefined was thrown"),
            ("5", "5 was thrown"),
            ("12n", "12 was thrown"),
            ("Symbol('s')", "a symbol was thrown"),
            ("{a: 1}", "a value of type Object was thrown; throw an Error"),
            ("new Map()", "a value of type Map was thrown; throw an Error"),
            ("{message: 'mine'}", "Error: mine"),
            ("{name: 'Mine', message: 'x'}", "Mine: x"),
            ("new Error()", "Error"),
            ("new (class Mine extends Error { name = 'Mine' })('x')", "Mine: x"),
            ("Object.assign(new Error('x'), {message: {toString() { throw 1 }}})", "Error"),
            ("Object.create(null)", "a value of type Object was thrown; throw an Error"),
            (
                "new Proxy({}, {get() { throw 1 }, getPrototypeOf() { throw 2 }, getOwnPropertyDescriptor() { throw 3 }})",
                "Error: (its text cannot be made)",
            ),
            ("function () {}", "a value of type Function was thrown; throw an Error"),
            ("'x'.repeat(5000)", "x" * 1000 + "…"),
        ],
    )
    def test_whatever_is_thrown_has_a_sane_message(self, explained, thrown, message):
        found = explained(f"throw {thrown};")
        assert (found.code, found.message) == (Code.EXCEPTION, message)

    def test_explaining_runs_no_getter_and_no_stack_formatter(self, explained, logged):
        before = """
        Error.prepareStackTrace = () => { log('formatter'); return 'x'; };
        class Mine extends Error { get message() { log('getter'); return 'g'; } toString() { log('text'); return 't'; } }
        """
        found = explained("throw new Mine('x');", before)
        assert (found.message, logged) == ("Error: x", [])
        assert found.place.line == 5

    def test_what_the_user_set_on_error_is_still_there(self, load):
        program = load(
            "const f = () => 'made'; Error.prepareStackTrace = f;\nexport function transformEvent(e) { if (e.fail) throw new Error('x'); return Error.prepareStackTrace === f; }"
        )
        with pytest.raises(Exception, match="x"):
            program.call({"fail": True}, None)
        assert program.call({}, None) is True

    def test_stack_overflow_is_an_error_like_any(self, explained):
        found = explained("const f = () => 1 + f(); f();")
        assert (found.code, found.message) == (Code.EXCEPTION, "RangeError: Maximum call stack size exceeded")

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("return 'x'.repeat(2 ** 30)", "Invalid string length"),
            ("return 'x'.padEnd(2 ** 30)", "Invalid string length"),
            ("return new ArrayBuffer(2 ** 50)", "Array buffer allocation failed"),
            (
                "throw new RangeError('ArrayBuffer.prototype.resize: Out of memory')",
                "ArrayBuffer.prototype.resize: Out of memory",
            ),
        ],
    )
    def test_lack_of_room_is_lack_of_memory(self, explained, body, message):
        found = explained(body)
        assert (found.code, found.message) == (Code.MEMORY_LIMIT, f"RangeError: {message}")

    def test_a_caught_overflow_leaves_a_working_program(self, load):
        program = load(
            "export function transformEvent(e) { const f = () => 1 + f(); try { f(); } catch { log('caught'); } return e; }"
        )
        assert [program.call({"n": n}, None) for n in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]

    @pytest.mark.parametrize(
        "reason", ["'no'", "{toString() { return 'no' }, toJSON() { return 'x' }}", "Symbol('no')", "null", "new Error('no')"]
    )
    def test_verdicts_carry_text(self, call, reason):
        with pytest.raises(Drop) as dropped:
            call(f"throw new Drop({reason})")
        with pytest.raises(Retry) as retried:
            call(f"throw new Retry('soon', {reason})")
        with pytest.raises(Invalid) as refused:
            call(f"throw new Invalid({reason})")
        assert retried.value.after_seconds is None
        assert isinstance(dropped.value.reason, str)
        assert dropped.value.reason == retried.value.reason == refused.value.message

    def test_verdicts_can_be_subclassed_thrown_late_and_told_apart(self, call):
        with pytest.raises(Drop):
            call("await null; throw new Mine('x')", before="class Mine extends Drop {}", kind="async function")
        assert call(
            "try { throw new Drop('x') } catch (e) { return [e instanceof Drop, e instanceof Retry, e instanceof Error, e.name, e.message] }"
        ) == [True, False, True, "Drop", "x"]

    def test_a_verdict_has_a_place(self, load):
        program = load("export function transformEvent() {\n  throw new Invalid('x');\n}")
        with pytest.raises(Invalid) as caught:
            program.call({}, None)
        assert program.explain(caught.value).place == Place(2, 9, "transformEvent")

    def test_a_failing_load_names_the_line(self, engine):
        with pytest.raises(LoadError) as caught:
            engine.load("const a = 1;\nnull.x;\nexport function transformEvent() {}", "x", Host(print))
        assert [(problem.line, problem.message[:10]) for problem in caught.value.problems] == [(2, "TypeError:")]
