"""What JavaScript code keeps from event to event, what it does not, and what it cannot reach."""

import gc
import os
from pathlib import Path

import pytest

from transformer.engines.base import Host
from transformer.engines.catalog import ENGINES
from transformer.engines.javascript import runtime


@pytest.fixture(scope="module")
def engine(open_spec):
    return open_spec(ENGINES["javascript"])


class TestState:
    def test_an_event_that_was_changed_is_not_seen_again(self, load):
        program = load(
            "const seen = [];\nexport function transformEvent(event) { seen.push(event); event.x = 1; return seen.length > 1 ? seen[0] === event : event; }"
        )
        event = {"n": 1}
        assert program.call(event, None) == {"n": 1, "x": 1}
        assert event == {"n": 1}
        assert program.call(event, None) is False

    def test_globals_of_one_version_are_not_those_of_another(self, load):
        writes = load(
            "export function transformEvent() { globalThis.shared = 1; Array.prototype.shared = 1; Math.shared = 1; return {}; }"
        )
        reads = load("export function transformEvent() { return [typeof shared, typeof [].shared, typeof Math.shared]; }")
        writes.call({}, None)
        assert reads.call({}, None) == ["undefined"] * 3

    def test_random_numbers_are_good_and_differ_between_versions(self, load):
        source = "export function transformEvent() { return Array.from({length: 4000}, Math.random); }"
        first, second = load(source).call({}, None), load(source).call({}, None)
        assert len({*first, *second}) == 8000
        assert all(0 <= number < 1 for number in first)
        assert abs(sum(first) / 4000 - 0.5) < 0.05

    def test_forked_workers_do_not_share_random_numbers(self, engine):
        told = set()
        for _ in range(2):
            read, write = os.pipe()
            if not (pid := os.fork()):
                try:
                    program = engine.load("export function transformEvent() { return Math.random(); }", "x", Host(print))
                    os.write(write, repr(program.call({}, None)).encode())
                finally:
                    os._exit(0)
            os.close(write)
            told.add(os.read(read, 100))
            os.close(read)
            os.waitpid(pid, 0)
        assert len(told) == 2
        assert b"" not in told

    def test_versions_that_are_forgotten_are_freed(self, load):
        def resident():
            return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

        def churn(count):
            for number in range(count):
                program = load(
                    f"const held = new Array(200_000).fill({number});\nexport function transformEvent(e, m) {{ log('x'); return m(e); }}"
                )
                assert program.call({}, lambda _: {"k": 1}) == {"k": 1}

        churn(20)
        gc.collect()
        runtime.collect()
        before = resident()
        churn(100)  # 160 MB of arrays
        gc.collect()
        runtime.collect()
        assert resident() - before < 80 * 2**20

    def test_sloppy_code_and_modules_differ_as_they_do_elsewhere(self, load):
        assert load("function transformEvent() { undeclared = 1; return {u: undeclared, t: this === globalThis}; }").call(
            {}, None
        ) == {"u": 1, "t": True}
        with pytest.raises(Exception, match=r"^ReferenceError: undeclared"):
            load("export function transformEvent() { undeclared = 1; }").call({}, None)

    def test_eval_and_function_work_in_the_context_of_the_code(self, load):
        program = load(
            "export function transformEvent() { return [eval('1 + 1'), (0, eval)('this === globalThis'), new Function('a', 'return a * 2')(4)]; }"
        )
        assert program.call({}, None) == [2, True, 8]


class TestReach:
    """What would be a way out of the context."""

    @pytest.mark.parametrize(
        "name",
        [
            "host",
            "kit",
            "ask",
            "gc",
            "require",
            "process",
            "module",
            "exports",
            "global",
            "WebAssembly",
            "evalStrict",
            "__proto__.constructor.host",
        ],
    )
    def test_a_name_of_the_host_is_not_there(self, load, name):
        assert (
            load(
                f"export function transformEvent() {{ try {{ return typeof {name}; }} catch (e) {{ return 'undefined'; }} }}"
            ).call({}, None)
            == "undefined"
        )

    def test_no_global_holds_an_object_of_another_realm(self, load):
        program = load("""
            export function transformEvent() {
              const seen = new Set([globalThis]), odd = [];
              const look = (object, path, depth) => {
                if (depth > 6) return;
                for (const key of Reflect.ownKeys(object)) {
                  const found = Object.getOwnPropertyDescriptor(object, key);
                  for (const value of [found.value, found.get, found.set]) {
                    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
                    seen.add(value);
                    if (typeof value === 'function' && !(value instanceof Function)) odd.push(path + '.' + String(key));
                    look(value, path + '.' + String(key), depth + 1);
                  }
                }
              };
              look(globalThis, '', 0);
              return {count: seen.size > 500, odd};
            }""")
        assert program.call({}, None) == {"count": True, "odd": [".Function.prototype"]}

    def test_the_callers_of_user_code_are_hidden(self, load):
        program = load("""
            function transformEvent(event) {
              const found = [];
              Error.prepareStackTrace = (error, sites) => sites.map((site) => [String(site.getThis()), String(site.getFunction())]);
              const sites = new Error().stack;
              delete Error.prepareStackTrace;
              let caller; try { caller = transformEvent.caller; } catch { caller = null; }
              return {caller, later: sites.slice(1).every(([self, made]) => self === 'undefined' && made === 'undefined')};
            }""")
        assert program.call({}, None) == {"caller": None, "later": True}
