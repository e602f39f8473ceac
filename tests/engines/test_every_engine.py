"""The contract of base.Engine and base.Program, for every engine in the catalogue; and what an engine does otherwise, and why."""

import pytest

pytest.importorskip("wasmtime")

from tests.engines.wat import ECHO, guest
from transformer.engines.base import Drop, Host, Invalid, LoadError, Retry, StartError
from transformer.engines.catalog import ENGINES, engine_of_file
from transformer.errors import Code

ANSWER = "(call $answer (local.get $at) (local.get $size))"
SAY = "(call $say (i32.const 16))"
PROGRAMS = {
    "python": {
        "returns": "def transformEvent(event, metadata):\n    return event\n",
        "batch": "def transformBatch(events, metadata):\n    return events\n",
        "both": "def transformEvent(e, m):\n    return {'by': 'event'}\n\ndef transformBatch(e, m):\n    return [{'by': 'batch'}]\n",
        "metadata": "def transformEvent(event, metadata):\n    return metadata(event)\n",
        "no entry": "def other(event):\n    return event\n",
        "raises": "def inner():\n    raise ValueError('wrong')\n\ndef transformEvent(event, metadata):\n    return inner()\n",
        "raises at load": "x = 1\ny = x / 0\ndef transformEvent(event, metadata):\n    return event\n",
        "broken": "def transformEvent(event, metadata)\n    return event\n",
        "counts": "count = [0]\ndef transformEvent(event, metadata):\n    count[0] += 1\n    return {'count': count[0]}\n",
        "logs": "log('at load')\ndef transformEvent(event, metadata):\n    log('n is', event['n'])\n",
        "drop": "def transformEvent(event, metadata):\n    raise Drop('no')\n",
        "retry": "def transformEvent(event, metadata):\n    raise Retry(3, 'later')\n",
        "invalid": "def transformEvent(event, metadata):\n    raise Invalid('bad')\n",
        "memory": "def transformEvent(event, metadata):\n    raise MemoryError\n",
        "file": "x.py",
        "error": "ValueError: wrong",
    },
    "javascript": {
        "returns": "export function transformEvent(event, metadata) {\n  return event;\n}\n",
        "batch": "export function transformBatch(events, metadata) {\n  return events;\n}\n",
        "both": "export const transformEvent = () => ({ by: 'event' });\nexport const transformBatch = () => [{ by: 'batch' }];\n",
        "metadata": "export function transformEvent(event, metadata) {\n  return metadata(event);\n}\n",
        "no entry": "export function other(event) {\n  return event;\n}\n",
        "raises": "function inner() {\n  throw new RangeError('wrong'); }\nexport function transformEvent(e, m) { return inner(); }\n",
        "raises at load": "const x = null;\nconst y = x.z;\nexport function transformEvent(event, metadata) { return event; }\n",
        "broken": "export function transformEvent(event, metadata) ) {\n  return event;\n}\n",
        "counts": "let count = 0;\nexport function transformEvent(event, metadata) { return { count: ++count }; }\n",
        "logs": "log('at load');\nexport function transformEvent(event, metadata) { log('n is', event.n); }\n",
        "drop": "export function transformEvent(event, metadata) { throw new Drop('no'); }\n",
        "retry": "export function transformEvent(event, metadata) { throw new Retry(3, 'later'); }\n",
        "invalid": "export function transformEvent(event, metadata) { throw new Invalid('bad'); }\n",
        "memory": "export function transformEvent(event, metadata) { return 'x'.repeat(2 ** 30); }\n",
        "file": "x.js",
        "error": "RangeError: wrong",
    },
    "wasm": {
        "returns": ECHO,
        "batch": guest(ANSWER, entry="transformBatch"),
        "both": guest(
            SAY,
            data=['{"by":"event"}', '{"by":"batch"}'],
            more='(func (export "transformBatch") (param i32 i32) (result i64) (call $say (i32.const 272)))',
        ),
        "metadata": guest(ANSWER, params="(param i32 i32) (param $at i32) (param $size i32)"),
        "no entry": guest(ANSWER, entry="other"),
        "raises": guest(SAY, data='error "wrong"'),
        "raises at load": guest(ANSWER, more="(func $begin unreachable) (start $begin)"),
        "broken": ECHO[:-8] + "AAAAAAA=",
        "counts": guest(
            "(i32.store8 offset=9 (i32.const 16) (i32.add (i32.const 1) (i32.load8_u offset=9 (i32.const 16)))) " + SAY,
            data='{"count":0}',
        ),
        "logs": guest(
            "(call $log (i32.const 0) (i32.const 272) (i32.const 6)) " + SAY,
            data=["null", "n is 7", "at load"],
            imports='(import "transformer" "log" (func $log (param i32 i32 i32)))',
            more='(func (export "_initialize") (call $log (i32.const 0) (i32.const 528) (i32.const 7)))',
        ),
        "drop": guest(SAY, data='drop "no"'),
        "retry": guest(SAY, data='retry {"after_seconds":3,"reason":"later"}'),
        "invalid": guest(SAY, data='invalid "bad"'),
        "memory": guest("(loop $more (br_if $more (i32.ne (i32.const -1) (memory.grow (i32.const 64))))) unreachable"),
        "file": "x.wasm",
        "error": "wrong",
    },
}
GAPS = {
    "wasm": {
        "lines": "a binary has no lines; a trap names its function, where the binary has names",
        "load": "no code runs while it is loaded: each call has an instance of its own, and starts it",
        "state": "each call has an instance of its own, so nothing survives between batches of one version either",
    },
}
"""What an engine does otherwise than the contract says, and why it may. The tests hold it to what it does instead."""


def test_every_engine_has_the_contract_programs():
    assert PROGRAMS.keys() == ENGINES.keys()


def test_gaps_are_of_known_engines_and_have_reasons():
    assert GAPS.keys() <= ENGINES.keys()
    assert all(reason for gaps in GAPS.values() for reason in gaps.values())


def metadata(_):
    return {"sourceId": "s"}


def outputs(returned):
    """What an entry point returned, as a list: an engine may say one output in either way."""
    return returned if isinstance(returned, list) else [] if returned is None else [returned]


@pytest.mark.parametrize("spec", ENGINES.values(), ids=lambda spec: spec.name)
class TestEveryEngine:
    @pytest.fixture
    def engine(self, spec, open_spec):
        return open_spec(spec)

    @pytest.fixture
    def source(self, spec):
        return PROGRAMS[spec.name].__getitem__

    @pytest.fixture
    def gap(self, spec):
        return GAPS.get(spec.name, {}).__contains__

    def test_probe_returns_its_event(self, spec, engine):
        event = {"a": [1, {"b": None}]}
        assert not engine.check(spec.probe, "probe").problems
        assert outputs(engine.load(spec.probe, "probe", Host(print)).call(event, metadata)) == [{"a": [1, {"b": None}]}]

    def test_check_names_the_entry_point_without_running_the_code(self, engine, source):
        assert engine.check(source("returns"), "x").entry_point == "transformEvent"
        assert engine.check(source("batch"), "x").entry_point == "transformBatch"
        assert engine.check(source("raises at load"), "x").problems == []

    def test_batch_function_wins(self, engine, source):
        program = engine.load(source("both"), "x", Host(print))
        assert (program.entry_point, program.call([{}], metadata)) == ("transformBatch", [{"by": "batch"}])
        assert engine.check(source("both"), "x").entry_point == "transformBatch"

    def test_batch_function_gets_the_list(self, engine, source):
        assert engine.load(source("batch"), "x", Host(print)).call([{"a": 1}, {"b": 2}], metadata) == [{"a": 1}, {"b": 2}]

    def test_metadata_is_a_function(self, engine, source):
        assert outputs(engine.load(source("metadata"), "x", Host(print)).call({}, metadata)) == [{"sourceId": "s"}]

    def test_code_without_entry_point_is_refused_with_what_to_do(self, engine, source):
        (problem,) = engine.check(source("no entry"), "x").problems
        assert "transformEvent" in problem.message
        assert "transformBatch" in problem.message
        with pytest.raises(LoadError):
            engine.load(source("no entry"), "x", Host(print))

    def test_broken_code_has_a_line(self, engine, source, gap):
        report = engine.check(source("broken"), "x")
        assert [problem.line for problem in report.problems] == [0 if gap("lines") else 1]
        assert report.entry_point is None
        with pytest.raises(LoadError) as caught:
            engine.load(source("broken"), "x", Host(print))
        assert caught.value.problems == report.problems

    def test_error_names_the_users_line_and_function(self, engine, source, gap):
        program = engine.load(source("raises"), "x", Host(print))
        with pytest.raises(Exception, match="wrong") as caught:
            program.call({}, metadata)
        explained = program.explain(caught.value)
        assert (explained.code, explained.message) == (Code.EXCEPTION, source("error"))
        if gap("lines"):
            assert explained.place is None
        else:
            assert (explained.place.line, explained.place.function) == (2, "inner")

    def test_equal_failures_have_equal_explanations(self, engine, source):
        told = set()
        for _ in range(2):
            program = engine.load(source("raises"), "x", Host(print))
            with pytest.raises(Exception, match="wrong") as caught:
                program.call({}, metadata)
            told.add(program.explain(caught.value))
        assert len(told) == 1

    def test_failing_load_names_the_line(self, engine, source, gap):
        if gap("load"):
            with pytest.raises(StartError):
                engine.load(source("raises at load"), "x", Host(print)).call({}, metadata)
            return
        with pytest.raises(LoadError) as caught:
            engine.load(source("raises at load"), "x", Host(print))
        assert caught.value.problems[0].line == 2

    def test_nothing_survives_between_versions(self, engine, source, gap):
        first, second = (engine.load(source("counts"), "x", Host(print)) for _ in range(2))
        counts = [count for _ in range(3) for count in outputs(first.call({}, metadata))]
        assert counts == [{"count": 1 if gap("state") else n} for n in (1, 2, 3)]
        assert outputs(second.call({}, metadata)) == [{"count": 1}]

    def test_log_lines_reach_the_function_given(self, engine, source):
        lines = []
        engine.load(source("logs"), "x", Host(lines.append)).call({"n": 7}, metadata)
        assert lines == ["at load", "n is 7"]

    def test_verdicts_come_out_as_they_were_raised(self, engine, source):
        with pytest.raises(Drop) as dropped:
            engine.load(source("drop"), "x", Host(print)).call({}, metadata)
        with pytest.raises(Retry) as retried:
            engine.load(source("retry"), "x", Host(print)).call({}, metadata)
        with pytest.raises(Invalid) as refused:
            engine.load(source("invalid"), "x", Host(print)).call({}, metadata)
        assert dropped.value.reason == "no"
        assert (retried.value.after_seconds, retried.value.reason) == (3, "later")
        assert refused.value.message == "bad"

    def test_lack_of_memory_has_its_own_code(self, engine, source):
        program = engine.load(source("memory"), "x", Host(print))
        with pytest.raises(BaseException) as caught:
            program.call({}, metadata)
        assert program.explain(caught.value).code == Code.MEMORY_LIMIT

    def test_files_find_their_engine(self, spec, source):
        assert engine_of_file(source("file")) is spec


def test_unknown_file_ending_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"x\.txt: no engine runs such files; known endings: \.py"):
        engine_of_file("x.txt")
