"""What JavaScript's globals do: a table that Node agrees with, and user code that reaches for more than it is given."""

import json
import subprocess
from pathlib import Path

import pytest

from tests import node
from transformer.engines.base import Host
from transformer.engines.javascript import spec
from transformer.engines.javascript.spec import JAVASCRIPT

TABLE = Path(__file__).with_name("javascript_globals.txt")

HELP = """
const bytes = (text) => new TextEncoder().encode(text);
const hex = async (buffer) => [...new Uint8Array(await buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const hmac = (hash, key, usages = ["sign", "verify"]) =>
  crypto.subtle.importKey("raw", bytes(key), {name: "HMAC", hash}, true, usages);
Object.assign(globalThis, { bytes, hex, hmac });
async function outcome(code) {
  try {
    const value = await (0, eval)("(" + code + "\\n)");
    return value === undefined ? "undefined" : JSON.stringify(value);
  } catch (thrown) {
    return "!" + thrown.name;
  }
}
"""
IN_THE_ENGINE = HELP + "async function transformEvent(event) { return {outcome: await outcome(event.code)}; }\n"
IN_NODE = (
    HELP
    + """
(async () => {
  const told = [];
  for (const code of JSON.parse(require("fs").readFileSync(0, "utf8"))) told.push(await outcome(code));
  process.stdout.write(JSON.stringify(told));
})();
"""
)


def cases():
    """(expression, what it gives, whether Node says the same)."""
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, gives = line.removeprefix("~ ").split("  ⇒  ")
            yield code, gives, not line.startswith("~ ")


CASES = list(cases())


def meant(outcome):
    return outcome if outcome == "undefined" or outcome.startswith("!") else json.loads(outcome)


@pytest.fixture(scope="module")
def javascript(need, open_spec):
    need("javascript")
    return open_spec(JAVASCRIPT)


@pytest.fixture(scope="module")
def run(javascript):
    """run(source, event=…) → what its entry point returned, and what it logged."""

    def run_it(source, event=None):
        lines = []
        program = javascript.load(source, "x", Host(lines.append))
        return program.call({} if event is None else event, lambda _: {}), lines

    return run_it


@pytest.mark.parametrize(("code", "gives"), [case[:2] for case in CASES], ids=range(len(CASES)))
def test_gives(run, code, gives):
    returned, _ = run(IN_THE_ENGINE, {"code": code})
    assert meant(returned["outcome"]) == meant(gives)


@pytest.mark.need("node")
def test_node_agrees():
    asked = [(code, gives) for code, gives, same in CASES if same]
    told = subprocess.run(
        [node.program(), "-e", IN_NODE],
        input=json.dumps([code for code, _ in asked]),
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    ).stdout
    differs = [
        (code, gives, node_gives)
        for (code, gives), node_gives in zip(asked, json.loads(told), strict=True)
        if meant(gives) != meant(node_gives)
    ]
    assert differs == []


def test_random_values_differ_between_programs(run):
    source = (
        "function transformEvent() { return [crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(8)).join()].join(); }"
    )
    assert len({run(f"{source}")[0] for _ in range(20)}) == 20


def test_an_output_may_hold_urls_and_parameters(run):
    source = 'function transformEvent() { return {url: new URL("http://a/b"), list: [new URL("http://c")]}; }'
    assert run(source)[0] == {"url": "http://a/b", "list": ["http://c/"]}


CONSOLE = [
    ('console.log("a", 1, {b: [null]}, undefined, true)', ['a 1 {"b":[null]} undefined true']),
    ("console.log()", [""]),
    ('console.info("i"); console.warn("w"); console.error("e"); console.debug("d")', ["i", "w", "e", "d"]),
    ('console.log("%s=%d %i %f %%", "x", "4.5", "4.5", "4.5", "more")', ["x=4.5 4 4.5 % more"]),
    ('console.log("%o %j %c%s", {a: 1}, [2], "color: red", "z")', ['{"a":1} [2] z']),
    ('console.log("100%", "%s", "a%s")', ["100% %s a%s"]),
    ('console.log("%s %x %s", 1)', ["1 %x %s"]),
    ('console.error(new TypeError("wrong"))', ["TypeError: wrong"]),
    ('console.log(new DOMException("m", "AbortError"))', ["AbortError: m"]),
    (
        'console.assert(1 === 1, "no"); console.assert(false, "n is %d", 3); console.assert(0)',
        ["Assertion failed: n is 3", "Assertion failed"],
    ),
    (
        'console.count(); console.count("x"); console.count(); console.countReset(); console.count()',
        ["default: 1", "x: 1", "default: 2", "default: 1"],
    ),
    ('console.group("g"); console.log("in"); console.groupEnd(); console.groupEnd(); console.log("out")', ["g", "  in", "out"]),
    ("console.dir({a: 1}, {depth: 0}); console.trace('t')", ['{"a":1}', "Trace: t"]),
    ("console.timeEnd('never')", ["No such label 'never' for console.time()"]),
    ("console.table(5); console.table([])", ["5", "(index)\n───────"]),
    (
        "console.table([{a: 1, b: 'xy'}, {a: 22}])",
        ["(index) │ a  │ b \n────────┼────┼───\n0       │ 1  │ xy\n1       │ 22 │   "],
    ),
    (
        "console.table([{a: 1, b: 2}, 7], ['b'])",
        ["(index) │ b │ Values\n────────┼───┼───────\n0       │ 2 │       \n1       │   │ 7     "],
    ),
    ("console.log({get a() { throw 1 }}, Symbol('s'), 5n)", ["[object Object] Symbol(s) 5"]),
    ("queueMicrotask(() => { throw new Error('late') })", ["Uncaught Error: late"]),
]


@pytest.mark.parametrize(("code", "lines"), CONSOLE, ids=range(len(CONSOLE)))
def test_console_goes_to_the_log(run, code, lines):
    assert run(f"function transformEvent() {{ {code} }}")[1] == lines


def test_times_are_told_in_milliseconds(run):
    _, (line,) = run('function transformEvent() { console.time("t"); console.timeEnd("t"); }')
    assert 0 <= float(line.removeprefix("t: ").removesuffix("ms")) < 10_000


def test_the_prelude_is_ascii():
    """Every new context hands it over whole: as text of two bytes a character that doubles the time it takes."""
    files = sorted(Path(spec.__file__).with_name("prelude").glob("*.js"))
    assert files
    assert [path.name for path in files if not path.read_text("utf-8").isascii()] == []


def test_what_a_microtask_throws_fails_the_event_that_waits(run):
    with pytest.raises(Exception, match="RangeError: late"):
        run("const transformEvent = () => new Promise(() => queueMicrotask(() => { throw new RangeError('late'); }));")
