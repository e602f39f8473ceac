"""What is read of a JavaScript source before it runs: entry points, module syntax, problems and their places."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("_STPyV8", reason="the extra javascript is not installed")

from transformer.engines.javascript.entry import NO_ENTRY_POINT
from transformer.engines.javascript.runtime import compile_only, start_v8
from transformer.engines.javascript.syntax import prepare
from transformer.engines.javascript.typescript import DECORATOR

ENTRY = "export function transformEvent(event) { return event }\n"


@pytest.fixture(scope="module", autouse=True)
def _v8():
    start_v8()


def places(source):
    return [(each.line, each.column) for each in prepare(source).problems]


def told(source):
    return [each.message for each in prepare(source).problems]


@pytest.mark.parametrize(
    ("source", "names", "strict"),
    [
        ("export function transformEvent(e) {}", ["transformEvent"], True),
        ("export async function transformEvent(e) {}", ["transformEvent"], True),
        ("export const transformEvent = (e) => e", ["transformEvent"], True),
        ("export let transformEvent = async e => e;", ["transformEvent"], True),
        ("export var a = 1, transformBatch = function (e) {}", ["transformBatch"], True),
        ("const a = e => e\nexport { a as transformEvent }", ["transformEvent"], True),
        ("const a = e => e\nexport { a as 'transformEvent' }", ["transformEvent"], True),
        ("function transformBatch(e) {}\nexport { transformBatch, }", ["transformBatch"], True),
        ("function transformEvent(e) {}\nexport default { transformEvent }", ["transformEvent"], True),
        ("export default { transformEvent: e => e }", ["transformEvent"], True),
        ("export default { async transformBatch(e) {} }", ["transformBatch"], True),
        ("export default function transformEvent(e) {}", ["transformEvent"], True),
        ("const transformEvent = e => e\nexport default transformEvent", ["transformEvent"], True),
        ("function transformEvent(e) {}", ["transformEvent"], False),
        ("transformEvent = function (e) {}", ["transformEvent"], False),
        ("const { transformEvent } = { transformEvent: e => e }", ["transformEvent"], False),
        ("function transform(events) { return events }", ["transform"], False),
        ("function transform(e) {}\nfunction transformEvent(e) {}", ["transformEvent", "transform"], False),
        (
            "export function transformEvent(e) {}\nexport function transformBatch(e) {}",
            ["transformBatch", "transformEvent"],
            True,
        ),
        ("export function transformEvent(e) {}\nfunction transformBatch(e) {}", ["transformEvent"], True),
        ("function transform\\u0045vent(e) {}", ["transformEvent"], False),
        ("#!/usr/bin/env node\nfunction transformEvent(e) {}", ["transformEvent"], False),
        ("\ufeffexport function transformEvent(e) {}", ["transformEvent"], True),
        ("<!-- export\nfunction transformEvent(e) { while (e --> 0); }", ["transformEvent"], False),
        ("/export const a/.test(`export ${1}`); function transformEvent(e) {}", ["transformEvent"], False),
        ("export {}\nexport const a = 1;\r\nexport function transformEvent(e) {}", ["transformEvent"], True),
        ("let x = 1\nexport { x }\nlet y = x\nexport function transformEvent(e) {}", ["transformEvent"], True),
    ],
)
def test_entry_points_are_found_and_the_rest_compiles(source, names, strict):
    prepared = prepare(source)
    assert (prepared.problems, list(prepared.entry_points), prepared.strict) == ([], names, strict)
    compile_only(prepared.code, "test")


def test_a_statement_that_is_blanked_keeps_its_neighbours_apart():
    assert prepare("let x = 1\nexport { x };(f)()").code.startswith("let x = 1\n;            (f)()")


@pytest.mark.parametrize(
    "source", ["", "const a = 1", "export const other = 1", "if (a) { function transformEvent() {} }", "// x"]
)
def test_code_without_entry_point_is_told_what_to_write(source):
    assert told(source) == [NO_ENTRY_POINT]


@pytest.mark.parametrize(
    ("source", "place", "words"),
    [
        ("import x from 'y'", (2, 1), "There is no library 'y'"),
        ("import 'y'", (2, 1), "There is no library 'y'"),
        ("  import * as x from 'y'", (2, 3), "There is no library 'y'"),
        ("export * from 'y'", (2, 1), "`export *` is not supported"),
        ("export { a } from 'y'", (2, 1), "There is no library 'y'"),
        ("const a = () => import('y')", (2, 17), "import() and require() do not exist here"),
        ("const a = require('y')", (2, 11), "import() and require() do not exist here"),
        ("const a = '😀' + require('y')", (2, 17), "import() and require() do not exist here"),
        ("const a = import.meta.url", (2, 11), "import.meta does not exist here"),
        ("await f()", (2, 1), "await works in async functions only"),
        ("for await (const a of b) {}", (2, 5), "await works in async functions only"),
        ("@d class A {}", (2, 1), DECORATOR),
        ("const a = <b></b>", (2, 11), "JSX is not JavaScript"),
        ("export default function () {}", (2, 16), "The default export has no name"),
        ("module.exports = { transformEvent }", (2, 1), "module.exports and exports do not exist"),
        ("exports.transformEvent = transformEvent", (2, 1), "module.exports and exports do not exist"),
        ("let a = ;", (2, 9), "SyntaxError: Unexpected token ';'"),
        ("let 名 = '😀', a = ;", (2, 18), "SyntaxError: Unexpected token ';'"),
        ("let a = 08", (2, 9), "SyntaxError: Decimals with leading zeros are not allowed in strict mode."),
        ("\\u0065xport const a = 1", (2, 1), "SyntaxError: "),
        ("let a = 1\u2028let b = ;", (3, 9), "SyntaxError: Unexpected token ';'"),
        ("let a = 1\rlet b = ;", (3, 9), "SyntaxError: Unexpected token ';'"),
        ("let a = '\0'", (2, 10), "There is a NUL character here"),
        ("let a = '\ud800'", (2, 10), "The code cannot be read"),
    ],
)
def test_a_problem_has_its_place_and_says_what_to_do(source, place, words):
    (problem,) = prepare(ENTRY + source).problems
    assert (problem.line, problem.column) == place
    assert problem.message.startswith(words)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("export function transformEvent(", (1, 32)),
        ("export async function transformEvent(event) {\n  return event;\n", (3, 1)),
        ("export default function transformEvent(event) {\n  return event\n", (3, 1)),
        ("export default {\n  transformEvent(event) { return event },\n", (3, 1)),
        ("export class A {\n  a = ;\n}\nexport default transformEvent", (2, 7)),
        ("export const transformEvent = (event) = > event", (1, 41)),
        ("function transformEvent(e) {}\nexport { transformEvent\n", (3, 1)),
        ("import { a } from 'b'; export { c } from 'd'; export function transformEvent(", (1, 78)),
        ("export fucntion transformEvent(e) {}", (1, 17)),
        (ENTRY + "export {}}", (2, 10)),
        (ENTRY + "const a = '☎😀' +;", (2, 17)),
        (ENTRY + "export 5;", (2, 1)),
        (ENTRY + "import { a from 'b'", (2, 1)),
        (ENTRY + "function f() {\n  export const a = 1\n}\nconst b = ;", (3, 3)),
        (ENTRY + "function f() {\nexport const a = 1", (3, 1)),
        ("export function transformEvent(event: Event", (1, 44)),
        ("export function transformEvent(event: Event): any {\n  if (event {\n  }\n}", (2, 13)),
        ("type E = { a: string };\nexport function transformEvent(e: E): E {\n  const x: number = ;\n  return e;\n}", (3, 21)),
        ("interface E { a: string\nexport function transformEvent(e: E): E {\n  return e;\n}\n", (1, 13)),
    ],
)
def test_broken_modules_are_told_where_they_break(source, place):
    assert places(source)[-1] == place


def test_a_stray_import_is_no_word_of_v8s():
    assert told(ENTRY + "import { a from 'b'")[-1] == "This import cannot be read: write `import { name } from 'library'`."


def test_all_problems_are_told_in_their_order():
    assert places("import 'a'\nawait b\nimport.meta\nlet c = ;\n") == [(1, 1), (2, 1), (3, 1), (4, 9)]


def test_a_require_of_its_own_is_no_import():
    assert told(ENTRY + "function require(x) { return x }\nrequire(1)") == []


@pytest.mark.parametrize(
    ("kind", "what"), [("export function* transformEvent() {}", "a generator"), ("export class transformEvent {}", "a class")]
)
def test_an_entry_point_that_cannot_be_called_is_a_problem(kind, what):
    assert told(kind) == [
        f"transformEvent is {what}, which cannot be called for its result: make it a function, async if it waits."
    ]


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("function transformEvent(event) { return event }", False),
        ("function transformEvent(event, metadata) { return event }", False),
        ("export const transformEvent = event => event", False),
        ("export const transformEvent = (event, meta) => event.metadata", False),
        ("function transformEvent(event, metadata) { return metadata(event) }", True),
        ("function transformEvent(event, m) { return { ...m(event) } }", True),
        ("function transformEvent(...all) { return all[1]() }", True),
        ("function transformEvent() { return arguments[1]() }", True),
        ("function transformEvent(event) { return eval(event.code) }", True),
        ("function transformEvent(event, { name }) { return name }", True),
        ("function transformEvent(event, m = 1) { return event }", True),
        ("function transformEvent(event) { return metadata(event) }", True),
        ("function transformEvent(event) { return globalThis[event.a](event) }", True),
        ("function transform(events) { return events.map(metadata) }", True),
        ("function transformEvent(event) {}\ntransformEvent = other", True),
        ("function transformEvent(event) {}\nfunction transformEvent(event, m) { return m() }", True),
        ("function transformEvent(event) { return \\u0061rguments }", True),
        ("export default { transformEvent(event) {} }", True),
    ],
)
def test_metadata_is_left_out_only_where_it_is_certain(source, uses):
    assert prepare(source).uses_metadata is uses


def test_comparing_in_a_chain_is_warned_about():
    (warning,) = prepare(ENTRY + "f<T>(x)").warnings
    assert (warning.line, warning.column) == (2, 1)


@pytest.mark.parametrize("nested", ["(" * 20_000, "[" * 20_000 + "]" * 20_000, "{" * 20_000, "x = {a:" * 3_000])
def test_deep_nesting_is_a_problem_and_no_crash(nested):
    assert len(told(nested)) == 1


WORDS = (
    "export |default |import |'a'|{|}|(|)|a|: b|😀|é|`|${|/| as |<|>|function transformEvent(e) {}|class A |type |interface "
)
MORE_WORDS = "=>|async |@d |enum |;|=|await |!|?|namespace A |abstract |private |constructor(|//|/*|*/"
PIECES = st.sampled_from([*WORDS.split("|"), *MORE_WORDS.split("|"), "\n", "\r\n", "\u2028", "\ufeff"])


@given(st.lists(PIECES, max_size=25).map("".join))
@settings(max_examples=150)
def test_no_source_moves_or_raises(source):
    prepared = prepare(source)
    code = prepared.code.rpartition("\n;[")[0]
    assert len(code) == len(source)
    assert [at for at, each in enumerate(code) if each in "\n\r\u2028\u2029"] == [
        at for at, each in enumerate(source) if each in "\n\r\u2028\u2029"
    ]
    if not prepared.problems:
        compile_only(prepared.code, "test")
