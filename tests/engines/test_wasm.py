"""The WebAssembly engine in this process: what a module may be, may ask for, may answer, and what its failures are called."""

import contextlib
import gc
import json
import time
from importlib import import_module

import pytest

pytest.importorskip("wasmtime")

from wasmtime._func import FUNCTIONS

from tests.engines.wat import DOOR, ECHO, guest, module, when
from transformer.engines.base import Drop, Host, Invalid, Retry, StartError
from transformer.engines.catalog import ENGINES
from transformer.errors import Code
from transformer.limits import Limits

ANSWER = "(call $answer (local.get $at) (local.get $size))"
SAY = "(call $say (i32.const 16))"


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["wasm"])


@pytest.fixture(scope="module")
def counting():
    return import_module(ENGINES["wasm"].under(Limits(event_fuel=1)).module).open_engine()


@pytest.fixture
def load(engine, logged):
    return lambda source, **limits: engine.load(source, "guest", Host(logged.append, lambda: Limits(**limits)))


@pytest.fixture
def fails(load):
    """fails(source) → code and message of the failure of a call over one event."""

    def fail(source, **limits):
        program = load(source, **limits)
        with pytest.raises(BaseException) as caught:
            program([b"{}"], bytes)
        what = program.explain(caught.value)
        return what.code, what.message

    return fail


class TestDoor:
    def test_one_answer_for_each_event(self, load):
        assert load(ECHO)([b'{"a":1}', b"{}", b'{"c":[]}'], bytes) == [b'{"a":1}', b"{}", b'{"c":[]}']

    def test_last_line_may_have_an_end(self, load):
        assert load(guest(SAY, data='{"a":1}\n{}\n'))([b"1", b"2"], bytes) == [b'{"a":1}', b"{}"]

    @pytest.mark.parametrize("data", ["{}", "{}\n{}\n{}", "{}\n{}\n\n"])
    def test_other_numbers_of_answers_are_refused(self, load, data):
        program = load(guest(SAY, data=data))
        with pytest.raises(Exception, match=r"transformEvent answered \d lines for 2 events") as caught:
            program([b"1", b"2"], bytes)
        assert program.explain(caught.value).code is Code.BAD_RETURN

    def test_an_instance_is_made_for_each_call(self, load):
        counts = "(i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1))) " + SAY
        program = load(guest(counts, data="0"))
        assert [program([b"{}"], bytes) for _ in range(3)] == [[b"1"]] * 3

    def test_metadata_comes_beside_the_events_if_it_is_asked_for(self, engine, load):
        params = "(param $events i32) (param $length i32) (param $at i32) (param $size i32)"
        source = guest(ANSWER, params=params)
        assert engine.check(source, "x").uses_metadata
        assert not engine.check(ECHO, "x").uses_metadata
        assert load(source)([b"{}"], lambda: b'{"sourceId":"s"}') == [b'{"sourceId":"s"}']

    def test_batch_function_gets_all_and_answers_as_one(self, load):
        program = load(guest(ANSWER, entry="transformBatch"))
        assert (program.entry_point, program.many) == ("transformBatch", None)
        assert program.call([{"a": 1}, {"b": 2}], lambda _: {}) == [{"a": 1}, {"b": 2}]

    def test_start_and_initialize_come_first(self, load):
        more = """(func $start (i32.store8 (i32.const 16) (i32.const 97))) (start $start)
          (func (export "_initialize") (i32.store8 (i32.const 17) (i32.const 98)))"""
        assert load(guest(SAY, data="..", more=more))([b"{}"], bytes) == [b"ab"]

    def test_large_events_fit_a_memory_that_grows(self, load):
        event = json.dumps({"text": "x" * 3_000_000}).encode()
        assert load(ECHO)([event], bytes) == [event]


class TestVerdicts:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [('{"a":1}', {"a": 1}), ('[{"a":1},{}]', [{"a": 1}, {}]), ("null", None), ("", None), (" ", None), ("5", 5)],
    )
    def test_outputs(self, load, data, expected):
        assert load(guest(SAY, data=data)).call({}, lambda _: {}) == expected

    def test_drop(self, load):
        with pytest.raises(Drop) as raised:
            load(guest(SAY, data='drop "no"')).call({}, None)
        assert raised.value.reason == "no"

    def test_retry(self, load):
        with pytest.raises(Retry) as raised:
            load(guest(SAY, data='retry {"after_seconds": 5, "reason": "later"}')).call({}, None)
        assert (raised.value.after_seconds, raised.value.reason) == (5, "later")

    def test_invalid(self, load):
        with pytest.raises(Invalid) as raised:
            load(guest(SAY, data='invalid "bad"')).call({}, None)
        assert raised.value.message == "bad"

    @pytest.mark.parametrize(
        ("data", "code", "message"),
        [
            ('error "it broke"', Code.EXCEPTION, "it broke"),
            ("error", Code.EXCEPTION, "the code said that it failed"),
            ("-", Code.BAD_RETURN, "an answer must be"),
            ("dropped", Code.BAD_RETURN, "an answer must be"),
            ("drop because", Code.BAD_RETURN, "what follows drop"),
            ('[{"a":1}', Code.OUTPUT_NOT_JSON, "the output is not JSON"),
        ],
    )
    def test_anything_else_fails(self, load, data, code, message):
        program = load(guest(SAY, data=data))
        with pytest.raises(Exception, match=message) as caught:
            program.call({}, None)
        assert program.explain(caught.value).code is code


class TestFaults:
    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ("unreachable", "an unreachable instruction was reached"),
            ("(i64.load (i32.const -8))", "memory was read or written outside its bounds"),
            ("(i64.div_u (i64.const 1) (i64.const 0))", "an integer was divided by zero"),
            ("(call $entry (local.get $at) (local.get $size))", "the stack is full"),
        ],
    )
    def test_trap_is_told_with_its_function(self, fails, body, told):
        code, message = fails(guest(body))
        assert code is Code.EXCEPTION
        assert message.startswith(f"trap: {told}")
        assert message.endswith("(in entry)")

    @pytest.mark.parametrize(
        "body",
        ["(i64.const 0x1000_ffff_fff0)", "(i64.const 0xffff_fff0_0000_0020)", "(i64.const -1)", "(i64.const 0x1_0000_0000)"],
        ids=["long", "far", "both", "none"],
    )
    def test_lying_places_are_refused(self, load, fails, body):
        if body.endswith("0x1_0000_0000)"):
            assert load(guest(body))([b"{}"], bytes) == [b""]
        else:
            assert fails(guest(body)) == (Code.BAD_RETURN, "the answer lies outside the memory")

    @pytest.mark.parametrize("place", [65535, -1, -(2**31)])
    def test_lying_allocators_are_refused(self, fails, place):
        text = f"""(module (memory (export "memory") 1)
          (func (export "allocate") (param i32) (result i32) (i32.const {place}))
          (func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0)))"""
        assert fails(module(text)) == (Code.BAD_RETURN, "allocate returned a place that lies outside the memory")

    def test_answer_that_is_too_long_is_not_read(self, fails):
        source = guest("(drop (memory.grow (i32.const 32))) (i64.const 0x20_0000)")
        code, message = fails(source, batch_output_bytes=1000)
        assert (code, message[:17]) == (Code.OUTPUT_LIMIT, "the answer has 20")

    def test_loop_runs_out_of_time(self, fails):
        assert fails(guest("(loop (br 0)) unreachable"), event_seconds=0.05) == (
            Code.TIME_LIMIT,
            "the event ran longer than 0.05 s",
        )

    def test_memory_that_may_not_grow_is_told_as_such(self, fails):
        hoards = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable"
        code, message = fails(guest(hoards), memory_bytes=16 * 2**20)
        assert (code, message) == (Code.MEMORY_LIMIT, "the event used more memory than the limit of 16777216 bytes")

    @pytest.mark.parametrize(
        "name", ["__rust_alloc_error_handler", "~lib/rt/tlsf/growMemory", "runtime.growHeap", "app.OutOfMemory"]
    )
    def test_one_refused_allocation_is_told_as_such_where_a_name_says_so(self, fails, name):
        refused = f"""(func $"{name}"
          (if (i32.eq (memory.grow (i32.const 40000)) (i32.const -1)) (then unreachable)))"""
        code, message = fails(guest(f'(call $"{name}") unreachable', more=refused), memory_bytes=16 * 2**20)
        assert (code, message) == (Code.MEMORY_LIMIT, "the event used more memory than the limit of 16777216 bytes")
        outside = f'(func $"{name}" (drop (i32.load (i32.const -1))))'
        assert fails(guest(f'(call $"{name}") unreachable', more=outside))[0] is Code.EXCEPTION

    def test_events_that_do_not_fit_are_told_as_such(self, load):
        program = load(guest(ANSWER), memory_bytes=2**20)
        with pytest.raises(Exception, match="more memory than the limit of 1048576 bytes") as caught:
            program([b'"%s"' % (b"x" * 2**20)], bytes)
        assert program.explain(caught.value).code is Code.MEMORY_LIMIT

    def test_failing_start_is_no_events_fault(self, load):
        program = load(guest(ANSWER, more="(func $boom unreachable) (start $boom)"))
        with pytest.raises(StartError) as caught:
            program([b"{}"], bytes)
        what = program.explain(caught.value)
        assert what.code is Code.CODE_BROKEN
        assert what.message.endswith("(in boom) (while the code was loaded; correct it)")

    def test_endless_start_runs_out_of_time(self, fails):
        source = guest(ANSWER, more="(func $loop (loop (br 0))) (start $loop)")
        assert fails(source, event_seconds=0.05) == (Code.TIME_LIMIT, "loading the code ran longer than 0.05 s")

    @pytest.mark.parametrize("text", [f"(module {DOOR} (memory 2000))", ""], ids=["memory", "table"])
    def test_module_that_begins_too_large_does_not_start(self, fails, text):
        entry = '(func (export "transformEvent") (param i32 i32) (result i64) (i64.const 0))'
        size = "(table 200001 funcref)" if not text else ""
        door = DOOR if not text else DOOR.replace('"memory") 1', '"memory") 2000')
        code, message = fails(module(f"(module {door} {size} {entry})"))
        assert (code, message[:16]) == (Code.MEMORY_LIMIT, "loading the code")

    def test_time_in_which_the_machine_stood_still_is_given_again(self, engine, load, monkeypatch):
        runtime, rings = engine._runtime, [True, False, True]

        def ring(seconds):
            if seconds and rings.pop(0):
                runtime.engine.increment_epoch()

        monkeypatch.setattr(runtime.alarm, "set", ring)
        assert load(ECHO)([b"{}"], bytes) == [b"{}"]
        # But no more than once
        rings[:] = [True, True]
        with pytest.raises(Exception, match="ran longer"):
            load(ECHO)([b"{}"], bytes)
        assert rings == []

    def test_equal_failures_are_told_equally(self, fails):
        assert len({fails(guest("unreachable")) for _ in range(3)}) == 1


@pytest.mark.parametrize(
    "body", [ANSWER, "unreachable", "(call $exit (i32.const 1)) unreachable"], ids=["well", "trap", "exit"]
)
def test_forgotten_program_is_gone_without_a_collection(load, body):
    gc.collect()
    before = len(FUNCTIONS.handles)
    program = load(guest(body, imports='(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'))
    assert len(FUNCTIONS.handles) == before + 1
    gc.disable()
    try:
        with contextlib.suppress(Exception):
            program([b"{}"], bytes)
        del program
        assert len(FUNCTIONS.handles) == before
    finally:
        gc.enable()


class TestHost:
    def test_log_lines_have_their_events(self, load, logged):
        body = (
            """(call $log (i32.const 1) (i32.const 16) (i32.const 5)) (call $log (i32.const 0) (i32.const 272) (i32.const 5))
          """
            + ANSWER
        )
        log = '(import "transformer" "log" (func $log (param i32 i32 i32)))'
        program = load(guest(body, data=["later", "first"], imports=log))
        program([b"{}", b"{}"], bytes)
        assert program.logged == [(1, "later"), (0, "first")]
        program.call({}, None)
        assert logged == ["later", "first"]

    def test_log_is_bounded(self, load):
        log = '(import "transformer" "log" (func $log (param i32 i32 i32)))'
        body = (
            """(local $i i32) (loop $again (call $log (i32.const 0) (i32.const 0) (i32.const 60000))
          (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if $again (i32.lt_u (local.get $i) (i32.const 1000))))
          """
            + ANSWER
        )
        program = load(guest(body, imports=log), event_seconds=20)
        program([b"{}"], bytes)
        assert sum(len(line) for _, line in program.logged) <= 1 << 20

    @pytest.mark.parametrize("call", ["(i32.const 65530) (i32.const 7)", "(i32.const 0) (i32.const -1)"])
    def test_what_is_given_to_the_host_must_lie_in_the_memory(self, fails, call):
        log = '(import "transformer" "log" (func $log (param i32 i32 i32)))'
        code, message = fails(guest(f"(call $log (i32.const 0) {call}) {ANSWER}", imports=log))
        assert (code, "outside the memory" in message) == (Code.EXCEPTION, True)

    def test_clock_and_randomness(self, load):
        program = load(_moody())
        seen = [program([b"{}"], bytes)[0] for _ in range(4)]
        assert len({answer[8:] for answer in seen}) == 4
        assert all(time.time_ns() & ~0xFFFF_FFFF_FFFF <= int.from_bytes(answer[:8], "little") for answer in seen)

    def test_start_may_not_call_what_needs_the_memory_of_another(self, fails):
        imports = '(import "transformer" "random" (func $random (param i32 i32)))'
        code, _ = fails(
            guest(ANSWER, imports=imports, more="(func $s (call $random (i32.const 65530) (i32.const 99))) (start $s)")
        )
        assert code is Code.EXCEPTION

    def test_wasi_reaches_nothing(self, load, monkeypatch):
        monkeypatch.setenv("SECRET", "s")
        wasi = "wasi_snapshot_preview1"
        imports = f"""(import "{wasi}" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
          (import "{wasi}" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
          (import "{wasi}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "{wasi}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))"""
        body = (
            """
          (i32.store8 (i32.const 16) (i32.add (i32.const 48) (call $environ (i32.const 600) (i32.const 604))))
          (i32.store8 (i32.const 17) (i32.add (i32.const 48) (i32.load (i32.const 600))))
          (i32.store8 (i32.const 18) (i32.add (i32.const 48) (call $prestat (i32.const 3) (i32.const 600))))
          (i32.store8 (i32.const 19) (i32.add (i32.const 48) (call $open (i32.const 3) (i32.const 0) (i32.const 16)
            (i32.const 1) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 600))))
          (i32.store8 (i32.const 20) (i32.add (i32.const 48) (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 600))))
          """
            + SAY
        )
        assert load(guest(body, data=".....", imports=imports))([b"{}"], bytes) == [b"00888"]

    def test_wasi_writes_to_the_log_and_exits_in_a_failure(self, load, fails):
        wasi = "wasi_snapshot_preview1"
        imports = f"""(import "{wasi}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "{wasi}" "proc_exit" (func $exit (param i32)))"""
        body = """(i32.store (i32.const 600) (i32.const 16)) (i32.store (i32.const 604) (i32.const 7))
          (drop (call $write (i32.const 2) (i32.const 600) (i32.const 1) (i32.const 620)))"""
        program = load(guest(f"{body} {ANSWER}", data="one\ntwo", imports=imports))
        program([b"{}"], bytes)
        assert program.logged == [(0, "one"), (0, "two")]
        assert fails(guest("(call $exit (i32.const 3)) unreachable", imports=imports)) == (
            Code.EXCEPTION,
            "the module asked to exit, with status 3",
        )


class TestFuel:
    """Where fuel is counted, a call ends in the same way everywhere, and can be repeated."""

    @pytest.fixture
    def fuelled(self, counting):
        return lambda source, fuel: counting.load(
            source, "guest", Host(print, lambda: Limits(event_fuel=fuel, event_seconds=20))
        )

    def test_loop_burns_what_there_is(self, fuelled):
        program = fuelled(guest("(loop (br 0)) unreachable"), 100_000)
        with pytest.raises(Exception, match="burned more fuel than the limit of 100000 for an event") as caught:
            program([b"{}"], bytes)
        assert program.explain(caught.value).code is Code.TIME_LIMIT

    def test_need_is_the_same_every_time(self, fuelled):
        source = guest(when("!", "unreachable"))

        def enough(fuel):
            try:
                return bool(fuelled(source, fuel)([b'{"some":"event"}'], bytes))
            except Exception:  # noqa: BLE001 - it is not
                return False

        # Given what an event needs, to the unit
        needed = next(fuel for fuel in range(1, 5000) if enough(fuel))
        assert [(enough(needed - 1), enough(needed)) for _ in range(3)] == [(False, True)] * 3

    def test_clocks_stand_still_and_randomness_repeats(self, fuelled):
        program = fuelled(_moody(), 100_000)
        assert program([b"{}"], bytes) == program([b"{}"], bytes)

    def test_without_a_limit_nothing_runs_out(self, fuelled):
        assert fuelled(ECHO, 0)([b"{}"], bytes) == [b"{}"]


def _moody():
    """Answers with the time and a random number, with a bit set in every byte, so that none is a line's end."""
    imports = """(import "transformer" "clock" (func $clock (result i64)))
      (import "transformer" "random" (func $random (param i32 i32)))"""
    body = """(call $random (i32.const 1032) (i32.const 8))
      (i64.store (i32.const 1024) (i64.or (i64.const 0x4040404040404040) (call $clock)))
      (i64.store (i32.const 1032) (i64.or (i64.const 0x4040404040404040) (i64.load (i32.const 1032))))
      (call $answer (i32.const 1024) (i32.const 16))"""
    return guest(body, imports=imports)
