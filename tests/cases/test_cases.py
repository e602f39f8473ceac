"""File cases of language behaviour: programs with what becomes of their events beside them, exact to the letter and the column.

A file under `python/`, `javascript/` or `wasm/` is one feature. It is a list of cases, each a whole program between two `# case:` lines
(`// case:` in JavaScript, and so on):

    # case: adds a field
    def transformEvent(event, metadata):
        event["x"] = 1
        return event
    # event: {"n": 1}                         as many as wanted; one {"n": 1} if there is none
    # expect: emitted {"n":1,"x":1}           or: dropped [reason], failed CODE TEXT (PLACE), refused LINE:COLUMN TEXT, logged
    # TEXT

Lines count from the one after `# case:`. Cases under `wasm/` are Zig, with its standard library as `std` and `proto/zig` as
`transformer`: all that have a `pub fn transform` are built as one module, which is told by metadata which one to be; the others
are modules of their own. `make expect` rewrites the expectations from what the code does now; read the diff.
"""

import base64
import os
import re
from functools import cache
from pathlib import Path

import pytest
import pytest_asyncio

from tests.guests import build
from transformer.engines.catalog import engine_of_file
from transformer.outcome import Status
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

HERE = Path(__file__).parent
FILES = sorted([*HERE.glob("python/*.py"), *HERE.glob("javascript/*.js"), *HERE.glob("wasm/*.zig")])
# What a file of Python has and its counterpart has not, and why: reviewed, so that nothing is missing by oversight.
JAVASCRIPT_GAPS = {
    "classes": {
        "context managers see the exception": "no such statement",
        "instances without a text show no address": "objects have no address to show",
        "dataclasses and enums": "no such modules",
        "a class cannot answer for attributes it does not have": "a Proxy may: nothing of ours is within its reach",
        "attributes of others cannot be set": "nothing of ours is within reach",
    },
    "control": {
        "assert": "no such statement",
        "match on values, sequences, mappings and classes": "no such statement",
        "match on attributes of own classes": "no such statement",
        "match cannot read what an attribute cannot": "no such statement",
        "drop passes except Exception": "catch without a condition catches everything, a Drop too",
        "exits are ordinary failures": "there is nothing to exit",
        "async is refused": "async functions are welcome",
        "every problem is told at once": "V8's compiler stops at the first one",
        "tabs and spaces mixed": "blanks mean nothing",
        "a missing colon": "no such mistake",
        "what only the compiler sees": "the compiler sees every one: tests/engines/test_javascript_syntax.py",
        "an entry point with too many arguments": "any number may be declared",
        "builtins that do not exist here": "there is no list of them: what is not there is a ReferenceError",
        "an own function may be called like a builtin that does not exist": "as above",
    },
    "functions": {
        "annotations and walrus": "TypeScript's have tests of their own: tests/engines/test_typescript.py",
        "decorators wrap": "no such syntax",
        "names with one underscore are names": "all names are",
    },
    "values": {
        "type names": "typeof is told in `bytes and numbers`",
        "a type of a module is refused": "there are no modules",
        "getattr is refused when it runs": "nothing of ours is within reach",
    },
}

WASM_GAPS = {
    "classes": {
        "instances without a text show no address": "Zig shows no value that nobody wrote a text for",
        "subclasses of builtins": "no inheritance",
        "a class cannot answer for attributes it does not have": "nothing is looked up by name when it runs",
        "attributes of others cannot be set": "nothing of ours is within reach",
    },
    "control": {
        "match on attributes of own classes": "as values: structs are not matched",
        "match cannot read what an attribute cannot": "nothing of ours is within reach",
        "drop passes except Exception": "a verdict is an answer: nothing is thrown",
        "async is refused": "there is none",
        "every problem is told at once": "a compiler's problems are told where it runs, before there is a module",
        "what only the compiler sees": "as above",
        "a missing colon": "as above",
        "tabs and spaces mixed": "as above",
        "an own function may be called like a builtin that does not exist": "there are no builtins but imports",
    },
    "functions": {
        "annotations and walrus": "the compiler's business",
    },
    "values": {
        "a type of a module is refused": "there are no modules when it runs",
        "getattr is refused when it runs": "nothing is looked up by name when it runs",
    },
}
GAPS = {"javascript": JAVASCRIPT_GAPS, "wasm": WASM_GAPS}
ZIG_HEAD = 'const std = @import("std");\nconst transformer = @import("transformer.zig");\n'


class Case:
    """One case of a file: its name, program, events, and expectations as they stand there."""

    def __init__(self, path, name, text):
        self.path = path
        self.name = name
        self.engine = engine_of_file(path.with_suffix(".wasm").name if path.suffix == ".zig" else path.name).name
        self.mark = _mark(path)
        lines = text.splitlines()
        event, expect = f"{self.mark} event: ", f"{self.mark} expect: "
        told = [line for line in lines if line.startswith((event, expect))]
        self.source = "\n".join(line for line in lines if line not in told).rstrip() + "\n"
        self.events = [line.removeprefix(event).encode() for line in told if line.startswith(event)]
        self.expects = [line.removeprefix(expect) for line in told if line.startswith(expect)]

    def text(self, expects):
        """The case as it stands in its file, with these expectations."""
        events = [f"{self.mark} event: {event.decode()}" for event in self.events]
        expected = [f"{self.mark} expect: {each}" for each in expects]
        return "\n".join([f"{self.mark} case: {self.name}", self.source.rstrip(), *events, *expected])


def _mark(path):
    return "#" if path.suffix == ".py" else "//"


def cases_of(path):
    head, *parts = re.split(rf"^{_mark(path)} case: ", path.read_text(), flags=re.MULTILINE)
    return head, [Case(path, *part.split("\n", 1)) for part in parts]


CASES = [case for path in FILES for case in cases_of(path)[1]]


def told(case):
    """The case's name as its module's metadata has it."""
    return f"{case.path.stem}: {case.name}"


@cache
def all_in_one():
    """The module of every case in Zig with a function `transform`; metadata says which of them is meant."""
    cases = [case for case in CASES if case.engine == "wasm" and "pub fn transform(" in case.source]
    names = "".join(f'    .{{ "{told(case)}", @import("case_{at}.zig").transform }},\n' for at, case in enumerate(cases))
    main = f"""{ZIG_HEAD}
pub const panic = transformer.panic;
const cases = .{{
{names}}};

fn transform(event: transformer.Event) !transformer.Outcome {{
    const Metadata = struct {{ case: []const u8 }};
    const meant = try std.json.parseFromSliceLeaky(Metadata, event.memory, event.metadata, .{{}});
    inline for (cases) |case| {{
        if (std.mem.eql(u8, meant.case, case[0])) return case[1](event);
    }}
    return error.NoSuchCase;
}}

comptime {{
    transformer.eachWithMetadata(transform);
}}
"""
    sources = {"main.zig": main} | {f"case_{at}.zig": ZIG_HEAD + case.source for at, case in enumerate(cases)}
    return base64.b64encode(build.zig(sources, build.QUICK)).decode()


def source_of(case):
    """What the engine gets: the text of the case, or in base64 what it was built into."""
    if case.engine != "wasm":
        return case.source
    if "pub fn transform(" in case.source:
        return all_in_one()
    return base64.b64encode(build.zig({"main.zig": ZIG_HEAD + case.source}, build.QUICK)).decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(
        Settings(spare_workers=1, event_seconds=10, turn_seconds=30)
    ) as made:  # a machine may stand still for a while
        yield made


async def outcome(pool, case):
    """What became of the case, in the words of the files."""
    source = source_of(case)
    report = await pool.check("w", case.engine, source, case.name)
    if report.problems:
        return [f"refused {each.line}:{each.column} {each.message}" for each in report.problems]
    key = case.name + (source if case.engine != "wasm" else "")
    batch = Batch(case.events or [b'{"n": 1}'], common={"case": told(case)})
    step = Step(key, case.engine, case.name, source)
    ledger = await pool.run(Plan("w", (step,), pool.settings.limits), batch, keep_logs=True)
    outputs, lines = list(zip(*ledger.outputs(), strict=True)), []
    for index, status in enumerate(ledger.status):
        lines += [f"logged {line}" for line in ledger.logs.get(index, ())]
        if status == Status.FAILED:
            failure = ledger.failures[index]
            place = failure.place
            where = f" ({place.line}:{place.column} {place.function or 'module'})" if place else ""
            lines.append(f"failed {failure.code.text} {failure.message}{where}")
        elif status == Status.DROPPED:
            lines.append(f"dropped {ledger.reasons.get(index, '')}".rstrip())
        lines += [f"emitted {payload.decode().rstrip()}" for payload, inputs in outputs if inputs[0] == index]
    return lines


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path.name}: {case.name}")
async def test_case(pool, case, need):
    if case.engine == "wasm":
        need("zig")
    found = await outcome(pool, case)
    if os.environ.get("EXPECT"):
        head, cases = cases_of(case.path)
        texts = [each.text(found if each.name == case.name else each.expects) for each in cases]
        case.path.write_text(head + "\n\n\n".join(texts) + "\n")
        return
    assert found == case.expects


def test_names_of_cases_are_unique():
    for path in FILES:
        names = [case.name for case in cases_of(path)[1]]
        assert len(set(names)) == len(names), path.name


@pytest.mark.parametrize("language", GAPS)
def test_other_languages_have_the_cases_of_python_but_for_the_gaps(language):
    files = sorted(path for path in FILES if path.parent.name == language)
    for path in files:
        ours = {case.name for case in cases_of(path)[1]}
        theirs = {case.name for case in cases_of(HERE / "python" / f"{path.stem}.py")[1]}
        assert theirs - ours == GAPS[language][path.stem].keys(), path.name
    missing = {path.stem for path in HERE.glob("python/*.py")} - {path.stem for path in files}
    assert missing == {"modules"}  # the standard library of the language
