"""Components in a locked worker: what they import, what they answer, what stops them. Written as text, so no toolchain is needed."""

import base64
import json

import pytest
import pytest_asyncio

from transformer.engines.wasm import component_types, component_wasi
from transformer.errors import Code
from transformer.limits import Limits
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

wasmtime = pytest.importorskip("wasmtime")
pytestmark = pytest.mark.asyncio(loop_scope="module")

E, D, F = Status.EMITTED, Status.DROPPED, Status.FAILED

MEMORY = """
  (core module $memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "allocate") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $free) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16))))))
        (unreachable))
      (local.get $at)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "allocate" (core func $allocate))"""
HOST = """
  (import "transformer:guest/host@1.0.0" (instance $host
    (export "log" (func (param "event" u32) (param "line" string)))
    (export "metadata" (func (result string)))))
  (core func $log (canon lower (func $host "log") (memory (core memory $mem)) (realloc (core func $allocate))))
  (core func $metadata (canon lower (func $host "metadata") (memory (core memory $mem)) (realloc (core func $allocate))))"""
IMPORTS = """
    (import "memory" "memory" (memory 1))"""


def component(
    body,
    *,
    before="",
    imports="",
    given="",
    data="",
    top="",
    export="transform-event",
    kind='(param "events" string) (result string)',
):
    """A component whose entry point is `body`: $at and $size are its input; $answer says what it answers."""
    text = f"""(component {MEMORY} {before}
  (core module $main {IMPORTS} {imports}
    (data (i32.const 512) "{data}")
    (func $answer (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16))
    (func (export "entry") (param $at i32) (param $size i32) (result i32) {body})
    {top})
  (core instance $main (instantiate $main (with "memory" (instance $memory)) {given}))
  (func (export "{export}") {kind}
    (canon lift (core func $main "entry") (memory (core memory $mem)) (realloc (core func $allocate)))))"""
    return base64.b64encode(wasmtime.wat2wasm(text)).decode()


ECHO = "(call $answer (local.get $at) (local.get $size))"
LOG = {
    "before": HOST,
    "imports": '(import "host" "log" (func $log (param i32 i32 i32))) (import "host" "metadata" (func $metadata (param i32)))',
    "given": '(with "host" (instance (export "log" (func $log)) (export "metadata" (func $metadata))))',
}


CALL = {
    "before": """
  (import "transformer:guest/host@1.0.0" (instance $host (export "call" (func (param "calls" string) (result string)))))
  (core func $call (canon lower (func $host "call") (memory (core memory $mem)) (realloc (core func $allocate))))""",
    "imports": '(import "host" "call" (func $call (param i32 i32 i32)))',
    "given": '(with "host" (instance (export "call" (func $call))))',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0)) as made:
        yield made


async def run(pool, source, payloads, **limits):
    step = Step(source[-400:], "wasm", "guest", source)
    limits = Limits(**{"event_seconds": 10, "turn_seconds": 30} | limits)  # a machine may stand still for a while
    return await pool.run(Plan("w", (step,), limits), Batch(payloads), keep_logs=True)


async def failures(pool, source, **limits):
    """What became of an event that failed: code and sentence."""
    ledger = await run(pool, source, [b'{"n":1}'], **limits)
    return [(failure.code, failure.message) for failure in ledger.failures.values()]


async def test_what_the_component_answers_is_the_output(pool):
    payloads = [b'{"n":%d}' % n for n in range(20)]
    ledger = await run(pool, component(ECHO), payloads)
    assert list(ledger.status) == [E] * 20
    assert ledger.outputs()[0] == payloads


async def test_a_batch_component_gets_the_batch(pool):
    payloads = [b'{"messageId":"%d"}' % n for n in range(3)]
    ledger = await run(pool, component(ECHO, export="transform-batch"), payloads)
    assert ledger.outputs()[0] == payloads


async def test_lines_go_to_the_log_of_their_event_and_metadata_comes_when_it_is_asked_for(pool):
    body = f"""(call $log (i32.const 1) (local.get $at) (local.get $size))
      (call $metadata (i32.const 32))
      (call $log (i32.const 0) (i32.load (i32.const 32)) (i32.load (i32.const 36)))
      {ECHO}"""
    ledger = await run(pool, component(body, **LOG), [b'{"n":1}', b'{"n":2}'])
    assert ledger.logs == {0: ["{}\n{}"], 1: ['{"n":1}\n{"n":2}']}
    assert list(ledger.status) == [E, E]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (
            "unreachable",
            Code.EXCEPTION,
            "trap: an unreachable instruction was reached: the code gave up (panic, abort, failed assertion)",
        ),
        ("(i32.div_s (i32.const 1) (i32.const 0))", Code.EXCEPTION, "trap: an integer was divided by zero"),
        ("(i32.load (i32.const -8))", Code.EXCEPTION, "trap: memory was read or written outside its bounds"),
        ("(call 1 (local.get 0) (local.get 1))", Code.EXCEPTION, "trap: the stack is full: recursion without end?"),
        ("(loop (br 0)) (i32.const 0)", Code.TIME_LIMIT, "the event ran longer than 0.3 s"),
    ],
    ids=["unreachable", "division", "bounds", "recursion", "loop"],
)
async def test_what_stops_a_component_is_said_as_of_a_module(pool, body, code, message):
    limits = {"event_seconds": 0.3} if code == Code.TIME_LIMIT else {}
    assert await failures(pool, component(body), **limits) == [(code, message)]


async def test_answers_that_lie_fail_their_event(pool):
    said = [(Code.BAD_RETURN, "the answer lies outside the memory, or is not UTF-8")]
    assert await failures(pool, component("(call $answer (i32.const 65000) (i32.const 1000000))")) == said
    no_text = "(i32.store8 (i32.const 0) (i32.const 255)) (call $answer (i32.const 0) (i32.const 1))"
    assert await failures(pool, component(no_text)) == said
    assert await failures(pool, component("(i32.const -4)")) == said


async def test_lies_to_the_host_fail_their_event(pool):
    log = component(f"(call $log (i32.const 0) (i32.const 65000) (i32.const 1000000)) {ECHO}", **LOG)
    ((code, message),) = await failures(pool, log)
    assert code == Code.EXCEPTION
    assert message.startswith("trap: ")
    assert "backtrace" not in message


async def test_a_long_answer_is_refused(pool):
    body = "(drop (memory.grow (i32.const 64))) (call $answer (i32.const 0) (i32.const 4000000))"
    ((code, message),) = await failures(pool, component(body), batch_output_bytes=1_000_000, output_bytes=1_000_000)
    assert (code, message.partition(";")[0]) == (Code.OUTPUT_LIMIT, "the answer has 4000000 bytes")


async def test_memory_is_limited_when_an_instance_is_made(pool):
    source = component(ECHO, before="(core module $big (memory 20000)) (core instance (instantiate $big))")
    ((code, _),) = await failures(pool, source)
    assert code == Code.MEMORY_LIMIT


async def test_one_refused_allocation_is_told_where_a_name_or_the_last_words_say_so(pool):
    grow = "(if (i32.eq (memory.grow (i32.const 40000)) (i32.const -1)) (then unreachable))"
    named = component(f"(call $alloc_error) {ECHO}", top=f"(func $alloc_error (call $inner)) (func $inner {grow})")
    said = "the event used more memory than the limit of 134217728 bytes"
    assert await failures(pool, named) == [(Code.MEMORY_LIMIT, said)]
    words = b"memory allocation of 9000000000 bytes failed"
    telling = f"(call $log (i32.const 0) (i32.const 512) (i32.const {len(words)})) {grow} {ECHO}"
    assert await failures(pool, component(telling, data=words.decode(), **LOG)) == [(Code.MEMORY_LIMIT, said)]


async def test_state_ends_with_the_call(pool):
    count = "(i32.store8 (i32.const 519) (i32.add (i32.const 1) (i32.load8_u (i32.const 519)))) (call $answer (i32.const 512) (i32.const 10))"
    source = component(count, data=r"{\"n\": \"0\"}")
    for _ in range(2):
        ledger = await run(pool, source, [b"{}"])
        assert ledger.outputs()[0] == [b'{"n": "1"}']


WASI_FUNCTION = '(import "wasi:{name}@0.2.3" (instance $wasi (export "{function}" (func {type}))))(core func $called (canon lower (func $wasi "{function}"){options}))'


def calls(name, function, type_, core, call, options=""):
    """A component that calls a function of WASI first."""
    return component(
        f"{call} {ECHO}",
        before=WASI_FUNCTION.format(name=name, function=function, type=type_, options=options),
        imports=f'(import "wasi" "called" (func $called {core}))',
        given='(with "wasi" (instance (export "called" (func $called))))',
    )


async def test_clocks_and_randomness_of_wasi_work(pool):
    source = calls(
        "clocks/monotonic-clock", "now", "(result u64)", "(result i64)", "(if (i64.eqz (call $called)) (then unreachable))"
    )
    assert await failures(pool, source) == []
    source = calls(
        "random/random", "get-random-u64", "(result u64)", "(result i64)", "(if (i64.eqz (call $called)) (then unreachable))"
    )
    assert await failures(pool, source) == []


async def test_what_wasi_does_not_offer_traps_when_it_is_called(pool):
    source = calls("clocks/monotonic-clock", "wait-for-christmas", "(result u64)", "(result i64)", "(drop (call $called))")
    name = "wasi:clocks/monotonic-clock@0.2.3#wait-for-christmas"
    assert await failures(pool, source) == [(Code.EXCEPTION, f"trap: {name} was called, which is not offered")]


async def test_exit_is_an_ordinary_failure(pool):
    source = calls("cli/exit", "exit", '(param "status" (result))', "(param i32)", "(call $called (i32.const 0))")
    assert await failures(pool, source) == [(Code.EXCEPTION, "the component asked to exit")]


MAY_IMPORT = (
    "which is not offered; it may import transformer:guest/host@1.0.0, and WASI 0.2, of which clocks and randomness work"
)
PROBLEMS = {
    "no entry point": (
        component(ECHO, export="transform"),
        "the component has no entry point: export transform-event, as proto/wit/transformation.wit says",
    ),
    "another type": (
        component("(drop (local.get $size)) (local.get $at)", kind='(param "events" u32) (param "more" u32) (result u32)'),
        "transform-event has the wrong type: take one string and return one",
    ),
    "an import": (
        component(ECHO, before='(import "acme:files/all@1.0.0" (instance (export "read" (func))))'),
        f"the component imports acme:files/all@1.0.0, {MAY_IMPORT}",
    ),
    "a later WASI": (
        component(ECHO, before='(import "wasi:cli/exit@0.3.0" (instance (export "exit" (func))))'),
        f"the component imports wasi:cli/exit@0.3.0, {MAY_IMPORT}",
    ),
    "a function of the host": (
        component(ECHO, before='(import "transformer:guest/host@1.0.0" (instance (export "shell" (func))))'),
        "the component imports shell of transformer:guest/host@1.0.0, which is not offered, or not with these types",
    ),
    "another type of WASI's": (
        component(ECHO, before='(import "wasi:clocks/monotonic-clock@0.2.3" (instance (export "now" (func (result string)))))'),
        (
            "the component imports now of wasi:clocks/monotonic-clock@0.2.3 with other types than WASI 0.2 has: () -> string,"
            " where () -> u64 is right; build it against WASI's own WIT files"
        ),
    ),
    "a resource of WASI's that is none": (
        component(ECHO, before='(import "wasi:io/streams@0.2.3" (instance (export "output-stream" (func))))'),
        (
            "the component imports output-stream of wasi:io/streams@0.2.3 with other types than WASI 0.2 has: (), where resource is"
            " right; build it against WASI's own WIT files"
        ),
    ),
    "a function for an interface of WASI's": (
        component(ECHO, before='(import "wasi:io/streams@0.2.3" (func))'),
        "the component imports wasi:io/streams@0.2.3, but not as an interface, which it is in WASI 0.2",
    ),
    "a module of WASI's": (
        component(ECHO, before='(import "wasi:io/poll@0.2.3" (instance (export "poll" (core module))))'),
        (
            "the component imports poll of wasi:io/poll@0.2.3 with other types than WASI 0.2 has: a core module, where a function or"
            " a type is right; build it against WASI's own WIT files"
        ),
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_problems_are_told_when_it_is_checked(pool, name):
    source, sentence = PROBLEMS[name]
    report = await pool.check("w", "wasm", source, "guest")
    assert [problem.message for problem in report.problems] == [sentence]


async def test_types_of_wasi_without_end_are_told_in_short(pool):
    pairs = "".join(f"(type $t{at} (tuple $t{at - 1} $t{at - 1}))" for at in range(1, 15))
    before = f"""(type $t0 (tuple u8 u8)) {pairs}
      (import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (param "a" $t14)))))"""
    report = await pool.check("w", "wasm", component(ECHO, before=before), "guest")
    ((told),) = [problem.message for problem in report.problems]
    assert told.startswith(
        "the component imports get-random-u64 of wasi:random/random@0.2.3 with other types than WASI 0.2 has: (tuple<tuple<"
    )
    assert len(told) < 600


async def test_the_types_of_everything_that_wasi_offers_are_known():
    offered = {(base, name) for base, functions in component_wasi._functions(None, None).items() for name in functions}
    known = {
        (base, name) for base, names in component_types._OF_WASI.items() for name, kind in names.items() if kind != "resource"
    }
    assert offered == known


async def test_a_component_says_whether_it_wants_metadata(pool):
    with_it = await pool.check("w", "wasm", component(ECHO, **LOG), "guest")
    without = await pool.check("w", "wasm", component(ECHO), "guest")
    assert (with_it.uses_metadata, without.uses_metadata) == (True, False)


async def test_with_fuel_a_component_is_counted_and_clocks_stand_still():
    looping = component("(loop (br 0)) (i32.const 0)")
    standstill = "(if (i64.ne (call $called) (i64.const 946684800000000000)) (then unreachable))"
    clock = calls("clocks/monotonic-clock", "now", "(result u64)", "(result i64)", standstill)
    async with Pool(Settings(spare_workers=0, event_fuel=1_000_000)) as counting:
        fuel = counting.settings.event_fuel
        ((code, message),) = await failures(counting, looping, event_fuel=fuel)
        assert code == Code.TIME_LIMIT
        assert "fuel" in message
        assert await failures(counting, clock, event_fuel=fuel) == []


async def test_a_host_call_of_a_component_is_answered_in_its_lines(pool):
    source = component("(call $call (local.get $at) (local.get $size) (i32.const 16)) (i32.const 16)", **CALL)
    calls = [b'{"kind":"kv","arguments":{}}', b'{"kind":"lookup","arguments":{"table":"t","key":1}}']
    ledger = await run(pool, source, calls)
    assert [json.loads(payload)["error"]["kind"] for payload in ledger.payloads] == ["refused"] * 2
