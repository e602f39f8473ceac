"""Every hostile file against every wall; and the runner itself, which must notice what does get through."""

import re
from pathlib import Path

import pytest

OURS = Path(__file__).parent
ATTEMPTS = {"python": 100, "javascript": 60, "wasm": 100}
"""By folder: how many attempts there are at least for every wall."""

WALLS = ("language", "process", "both")


def not_held(verdicts):
    return [f"{verdict['file']}: {verdict['how']}" for verdict in verdicts if not verdict["held"]]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("wall", WALLS)
@pytest.mark.parametrize("language", ["python", "javascript", pytest.param("wasm", marks=pytest.mark.need("wasm"))])
def test_our_attempts_are_held(hostile, language, wall):
    code, verdicts = hostile(OURS / language, "--wall", wall)
    assert not_held(verdicts) == []
    assert code == 0
    assert len(verdicts) >= ATTEMPTS[language]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("wall", WALLS)
def test_shared_attempts_are_held(hostile, shared_folder, wall):
    folder = shared_folder / "hostile" / "python"
    code, verdicts = hostile(folder, "--wall", wall)
    assert not_held(verdicts) == []
    assert code == 0
    assert len(verdicts) == len(list(folder.glob("*.py")))


def test_there_are_attempts_of_every_kind():
    kinds = [re.match(r"# class: (\w+)", path.read_text())[1] for path in (OURS / "python").glob("*.py")]
    known = {
        "attr",
        "format",
        "frame",
        "exc",
        "meta",
        "import",
        "write",
        "guard",
        "builtins",
        "info",
        "control",
        "cpu",
        "mem",
        "stack",
        "calls",
        "process",
    }
    assert set(kinds) == known
    assert sum(kind != "process" for kind in kinds) >= 50
    assert sum(kind == "process" for kind in kinds) >= 50


def test_there_are_attempts_of_every_kind_in_javascript():
    kinds = [re.match(r"// class: (\w+)", path.read_text())[1] for path in (OURS / "javascript").glob("*.js")]
    known = {
        "reach",
        "import",
        "frame",
        "driver",
        "exc",
        "state",
        "result",
        "cpu",
        "mem",
        "stack",
        "control",
        "info",
        "native",
        "process",
    }
    assert set(kinds) == known
    assert sum(kind != "process" for kind in kinds) >= 90
    assert sum(kind == "process" for kind in kinds) >= 18


def test_there_are_attempts_of_every_kind_in_webassembly():
    sources = [path.read_text() for path in (OURS / "wasm").iterdir() if path.name.endswith((".wat", ".wasm.py"))]
    kinds = [re.match(r"(?:;;|#) class: (\w+)", source)[1] for source in sources]
    known = {
        "mem",
        "cpu",
        "stack",
        "trap",
        "lie",
        "answer",
        "shape",
        "import",
        "log",
        "state",
        "compile",
        "giant",
        "broken",
        "forged",
        "component",
        "process",
    }
    assert set(kinds) == known
    assert sum(kind != "process" for kind in kinds) >= 150
    assert sum(kind == "process" for kind in kinds) >= 40


LEAKS = {
    "an address": "return {'x': '0x' + '7f001234abcd'}",
    "a number like one": "return {'x': 0x7f0012345678}",
    "a module": "return {'x': '<mod' + 'ule json>'}",
    "the attempt's word": "return {'x': 'REAC' + 'HED'}",
    "the attempt's word against every wall": "return {'x': 'BREA' + 'CHED'}",
    "a log line": "log('BREA' + 'CHED')",
    "a message": "raise ValueError('BREA' + 'CHED')",
    "a result that is no event": "return 'REAC' + 'HED'",
}


@pytest.mark.parametrize("name", LEAKS)
def test_leak_is_noticed(hostile, tmp_path, name):
    (tmp_path / "leak.py").write_text(f"# class: info\ndef transformEvent(event, metadata):\n    {LEAKS[name]}\n")
    code, verdicts = hostile(tmp_path, "--wall", "language")
    assert (code, [verdict["held"] for verdict in verdicts]) == (1, [False])


LEAKS_IN_JAVASCRIPT = {
    "the attempt's word": "return { x: 'REAC' + 'HED' };",
    "a log line": "log('BREA' + 'CHED');",
    "a message": "throw new Error('BREA' + 'CHED');",
    "a promise of no event": "return Promise.resolve('REAC' + 'HED');",
}


@pytest.mark.parametrize("name", LEAKS_IN_JAVASCRIPT)
def test_leak_in_javascript_is_noticed(hostile, tmp_path, name):
    (tmp_path / "leak.js").write_text(
        f"// class: info\nexport function transformEvent(event) {{\n  {LEAKS_IN_JAVASCRIPT[name]}\n}}\n"
    )
    code, verdicts = hostile(tmp_path, "--wall", "language")
    assert (code, [verdict["held"] for verdict in verdicts]) == (1, [False])


def test_bridge_lies_open_without_the_language_wall(hostile, tmp_path):
    (tmp_path / "leak.js").write_text(
        "// class: process\nexport function transformEvent(event) {\n"
        "  return { said: python(\"result = 'BREA' + 'CHED'\"), proxied: String(builtins.len('four')) };\n}\n"
    )
    code, verdicts = hostile(tmp_path, "--wall", "process")
    assert (code, [verdict["held"] for verdict in verdicts]) == (1, [False])
    assert "BREACHED" in verdicts[0]["how"]


def a_module(code, imports=""):
    entry = '(func (export "transformEvent") (param $at i32) (param $size i32) (result i64)'
    return f"(module\n  {imports}\n  (; door ;)\n  {entry} {code}))\n"


LEAKS_IN_WEBASSEMBLY = {
    "the attempt's word": a_module("(call $breached)"),
    "a log line": a_module(
        "(call $log (i32.const 0) (i32.const 512) (i32.const 19)) (call $answer (local.get $at) (local.get $size))",
        '(import "transformer" "log" (func $log (param i32 i32 i32)))',
    ),
    "a harmless answer of what must fail": ";; must: failed\n" + a_module("(call $answer (local.get $at) (local.get $size))"),
    "a failure of what must be refused": ";; must: refused\n" + a_module("unreachable"),
}


@pytest.mark.need("wasm")
@pytest.mark.parametrize("name", LEAKS_IN_WEBASSEMBLY)
def test_leak_in_webassembly_is_noticed(hostile, tmp_path, name):
    (tmp_path / "leak.wat").write_text(f";; class: info\n{LEAKS_IN_WEBASSEMBLY[name]}")
    code, verdicts = hostile(tmp_path, "--wall", "language")
    assert (code, [verdict["held"] for verdict in verdicts]) == (1, [False])


@pytest.mark.need("wasm")
def test_host_lies_open_to_modules_without_the_language_wall(hostile, tmp_path):
    call = '(import "system" "getpid" (func $getpid (param i64 i64 i64 i64 i64 i64) (result i64)))'
    python = '(import "host" "python" (func $python (param i32 i32) (result i64)))'
    data = "(data (i32.const 1024) \"result = 'BREA' + 'CHED'\")"
    asked = f"(if (i64.le_s (call $getpid {'(i64.const 0) ' * 6}) (i64.const 0)) (then unreachable))"
    (tmp_path / "leak.wat").write_text(
        ";; class: process\n"
        + a_module(f"{asked} (call $python (i32.const 1024) (i32.const 24))", f"{call} {python}").replace(
            "(; door ;)", f"(; door ;) {data}"
        )
    )
    code, verdicts = hostile(tmp_path, "--wall", "process")
    assert (code, [verdict["held"] for verdict in verdicts]) == (1, [False])
    assert "BREACHED" in verdicts[0]["how"]


def test_secret_of_the_host_is_noticed(hostile, tmp_path):
    (tmp_path / "leak.py").write_text(
        "# class: process\nimport gc\ndef transformEvent(event, metadata):\n    raise ValueError(open('/etc/passwd').read())\n"
    )
    assert hostile(tmp_path, "--wall", "process")[0] == 0
    root = Path("/etc/passwd").read_text().splitlines()[0]
    (tmp_path / "leak.py").write_text(f"# class: info\ndef transformEvent(event, metadata):\n    return {{'x': {root!r}}}\n")
    code, verdicts = hostile(tmp_path, "--wall", "both")
    assert (code, verdicts[0]["how"]) == (1, "/etc/passwd is in the answer")


def test_wrong_code_is_noticed(hostile, tmp_path):
    (tmp_path / "wrong.py").write_text(
        "# class: cpu\n# expect: T301\ndef transformEvent(event, metadata):\n    raise ValueError\n"
    )
    code, verdicts = hostile(tmp_path, "--wall", "both")
    assert (code, verdicts[0]["how"]) == (1, "it failed with another code than T301: T201 ValueError")


def test_folder_without_files_is_exit_code_two(hostile, tmp_path):
    assert hostile(tmp_path) == (2, [])


def test_file_with_a_secret_is_there_to_be_read_and_gone_afterwards(hostile, tmp_path):
    (tmp_path / "leak.py").write_text(
        "# class: info\ndef transformEvent(event, metadata):\n    raise ValueError(event['canary'])\n"
    )
    _, verdicts = hostile(tmp_path, "--wall", "both")
    path = Path(verdicts[0]["how"].rpartition(" ")[2])
    assert path.is_absolute()
    assert not path.exists()
