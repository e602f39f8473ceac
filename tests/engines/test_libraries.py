"""Libraries as programs meet them, in both languages: imported, pinned, apart from each other, named where they fail."""

import pytest

from transformer.engines.base import Host, Library, LoadError, Surroundings
from transformer.engines.catalog import ENGINES
from transformer.errors import Code

LANGUAGES = ("python", "javascript")
# What each language calls the same program. {body} is the entry point's.
PROGRAM = {
    "python": "from {module} import {names}\n\n\ndef transformEvent(event, metadata):\n    {body}\n",
    "javascript": 'import {{ {names} }} from "{written}";\n\nexport function transformEvent(event) {{\n  {body}\n}}\n',
}
COUNTER = {
    "python": "seen = []\n\n\ndef count():\n    seen.append(1)\n    return len(seen)\n",
    "javascript": "const seen = [];\nexport function count() {\n  return seen.push(1);\n}\n",
}
FAILS = {
    "python": "def fail(value):\n    return value['missing']\n",
    "javascript": "export function fail(value) {\n  return value.missing.more;\n}\n",
}
READS = {
    "python": "def read():\n    return parameters\n",
    "javascript": "export function read() {\n  return parameters;\n}\n",
}


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def engine(language, open_spec, need):
    if language == "javascript":
        need("javascript")
    return open_spec(ENGINES[language])


def library(name, source, *, key="", direct=True, **more):
    return Library(name, key or f"{name}{source}", source, direct=direct, **more)


def program(language, names, body, name="tools"):
    written = f"@{name}" if name.startswith("library/") else name
    return PROGRAM[language].format(module=name.replace("/", "."), written=written, names=names, body=body)


def run(engine, source, libraries, event=None):
    report = engine.check(source, "x", Surroundings(libraries))
    assert report.problems == []
    return engine.load(source, "x", Host(libraries=libraries)).call({} if event is None else event, lambda _: {})


def test_every_program_has_its_own_instance(engine, language):
    libraries = (library("tools", COUNTER[language]),)
    source = program(language, "count", {"python": 'return {"n": count()}', "javascript": "return { n: count() };"}[language])
    first, second = (engine.load(source, "x", Host(libraries=libraries)) for _ in range(2))
    assert [first.call({}, None), first.call({}, None), second.call({}, None)] == [{"n": 1}, {"n": 2}, {"n": 1}]


def test_two_libraries_may_import_two_versions_of_a_third(engine, language):
    third = {"python": "def n():\n    return {}\n", "javascript": "export const n = () => {};\n"}[language]
    one, two = (library("base", third.replace("{}", str(n)), key=f"base{n}", direct=False) for n in (1, 2))
    again = {"python": "from base import n as {0}\n", "javascript": 'export {{ n as {0} }} from "base";\n'}[language]
    users = [library(f"u{at}", again.format(f"n{at}"), imports={"base": each.hash}) for at, each in enumerate((one, two))]
    source = {
        "python": "from u0 import n0\nfrom u1 import n1\n\n\ndef transformEvent(event, metadata):\n    return {'all': [n0(), n1()]}\n",
        "javascript": 'import { n0 } from "u0";\nimport { n1 } from "u1";\nexport const transformEvent = () => ({ all: [n0(), n1()] });\n',
    }[language]
    assert run(engine, source, (one, two, *users)) == {"all": [1, 2]}


def test_what_fails_inside_is_named_and_the_place_is_the_programs(engine, language):
    libraries = (library("library/pii/v1", FAILS[language]),)
    source = program(language, "fail", "return fail(event)", "library/pii/v1")
    loaded = engine.load(source, "x", Host(libraries=libraries))
    with pytest.raises(BaseException) as caught:
        loaded.call({}, lambda _: {})
    what = loaded.explain(caught.value)
    assert what.message.endswith("(in library/pii/v1, line 2)")
    assert what.place.line == {"python": 5, "javascript": 4}[language]


def test_parameters_are_there_and_cannot_be_changed(engine, language):
    libraries = (library("tools", READS[language], parameters='{"a": {"b": [1]}}'),)
    body = {
        "python": "found = read()\n    try:\n        found['a']['b'][0] = 2\n    except Exception:\n        pass\n    return {'n': found['a']['b'][0]}",
        "javascript": "const found = read();\n  try { found.a.b[0] = 2; } catch {}\n  return { n: found.a.b[0] };",
    }[language]
    assert run(engine, program(language, "read", body), libraries) == {"n": 1}


def test_what_is_not_there_is_told_when_the_code_is_checked(engine, language):
    written = {"python": "library.pi.v1", "javascript": "@library/pi/v1"}[language]
    right = {"python": "library.pii.v1", "javascript": "@library/pii/v1"}[language]
    source = program(language, "x", "return event", "library/pi/v1")
    (problem,) = engine.check(source, "x", Surroundings(known=["library/pii/v1"])).problems
    assert (problem.line, problem.message) == (1, f"There is no library '{written}': did you mean {right}?")
    libraries = (library("tools", COUNTER[language]),)
    (problem,) = engine.check(program(language, "other", "return event"), "x", Surroundings(libraries)).problems
    assert "other" in problem.message


def test_only_exports_may_be_imported(engine, language):
    libraries = (library("tools", COUNTER[language], key="closed", exports=()),)
    assert engine.check(program(language, "count", "return event"), "x", Surroundings(libraries)).problems != []


def test_a_library_that_cannot_be_loaded_is_named(engine, language):
    broken = {"python": "x = 1 / 0\ny = 1\n", "javascript": "export const y = null.z;\n"}[language]
    with pytest.raises(LoadError) as caught:
        engine.load(program(language, "y", "return event"), "x", Host(libraries=(library("tools", broken),)))
    assert "while tools was loaded" in caught.value.problems[0].message
    source = {"python": "import os\n", "javascript": "export default = 1;\n"}[language]
    with pytest.raises(LoadError) as caught:
        engine.load(program(language, "y", "return event"), "x", Host(libraries=(library("tools", source + "y = 1\n"),)))
    assert caught.value.problems != []


def test_a_library_needs_no_entry_point(engine, language):
    assert engine.check(COUNTER[language], "x", Surroundings(library=True)).problems == []
    assert engine.check(COUNTER[language], "x").problems != []


def test_natives_are_for_libraries_that_may(open_spec):
    engine = open_spec(ENGINES["python"])
    (problem,) = engine.check("from natives.scan import hits\n\n\ndef transformEvent(e):\n    return e\n", "x").problems
    assert "natives.scan" in problem.message
    libraries = (library("tools", "from natives.scan import hits\n\n\ndef f():\n    return 1\n"),)
    with pytest.raises(LoadError, match=r"natives\.scan"):
        engine.load(program("python", "f", "return event"), "x", Host(libraries=libraries))


def test_default_exports_and_namespaces_of_javascript(open_spec, need):
    need("javascript")
    engine = open_spec(ENGINES["javascript"])
    source = 'const own = { "a-b": 1, f: () => 2 };\nexport default own;\nexport { own as "c-d" };\nexport const g = () => 3;\n'
    user = (
        'import tools, { "c-d" as other, g as h } from "tools";\nimport * as all from "tools";\nexport { g } from "tools";\n'
        'export const transformEvent = () => ({ n: [tools["a-b"], other.f(), h(), all.g()] });\n'
    )
    assert run(engine, user, (library("tools", source),)) == {"n": [1, 2, 3, 3]}
    literal = 'export default { "a-b": 1, f: () => 2 };\n'
    user = 'import tools from "tools";\nexport const transformEvent = () => ({ n: tools.f() + tools["a-b"] });\n'
    assert run(engine, user, (library("tools", literal),)) == {"n": 3}


@pytest.mark.parametrize(
    "line",
    [
        'import { count as a\\u{28}b } from "tools";',
        'import { count as a\\u0029 } from "tools";',
        'import * as \\u{7b}x from "tools";',
    ],
)
def test_names_that_are_no_names_cannot_be_bound_in_javascript(open_spec, need, line):
    need("javascript")
    engine = open_spec(ENGINES["javascript"])
    libraries = (library("tools", COUNTER["javascript"]),)
    report = engine.check(f"{line}\nexport const transformEvent = (event) => event;\n", "x", Surroundings(libraries))
    assert report.problems != []


def test_a_library_cannot_be_changed_under_others_of_its_program(open_spec, need):
    need("javascript")
    engine = open_spec(ENGINES["javascript"])
    user = (
        'import * as all from "tools";\nimport { count } from "tools";\nexport function transformEvent() {\n'
        "  for (const change of [() => { all.count = 1; }, () => { delete all.count; }, () => { eval('count = 1'); }]) {\n"
        "    try { change(); return { changed: true }; } catch {}\n  }\n  return { n: count() };\n}\n"
    )
    assert run(engine, user, (library("tools", COUNTER["javascript"]),)) == {"n": 1}


@pytest.mark.parametrize(
    "attack",
    [
        "tools.count = 1",
        "del tools.count",
        "tools.count.x = 1",
        "type(tools)",
        "tools._seen",
        "tools.__dict__",
        "tools.count.__globals__",
        "tools.secret",
    ],
)
def test_a_library_of_python_is_no_way_out(open_spec, attack):
    engine = open_spec(ENGINES["python"])
    libraries = (library("tools", COUNTER["python"] + "_seen = 1\nsecret = 1\n", key="closed tools", exports=("count",)),)
    source = f"import tools\n\n\ndef transformEvent(event, metadata):\n    {attack}\n    return event\n"
    report = engine.check(source, "x", Surroundings(libraries))
    if not report.problems:
        program = engine.load(source, "x", Host(libraries=libraries))
        with pytest.raises(BaseException) as caught:
            program.call({}, lambda _: {})
        assert program.explain(caught.value).code is Code.FORBIDDEN
