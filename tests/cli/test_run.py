"""`transformer run`: what goes in, what comes out, in which order, and what is said of events that fail."""

from __future__ import annotations

import json

import pytest

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
MIXED = """\
def transformEvent(event, metadata):
    log("saw", event["n"])
    if event["n"] % 5 == 0:
        raise Drop("fifth")
    if event["n"] % 3 == 0:
        return [event, {"copy": event["n"]}]
    if event["n"] == 7:
        raise KeyError("seven")
    return event
"""


def test_outputs_come_in_the_order_of_the_events(cli, write, events_file):
    write("code.py", IDENTITY)
    events = [{"n": n} for n in range(57)]
    ended = cli("run", "code.py", "--events", events_file(events), "--batch-size", 10)
    assert (ended.code, ended.events()) == (0, events)
    assert ended.err == [ended.err[0]]
    assert ended.err[0].startswith("57 events in ")
    assert ended.err[0].endswith(" s: 57 emitted, 0 dropped, 0 failed; 57 outputs")


def test_events_come_from_stdin(program, write):
    write("code.py", IDENTITY)
    ended = program("run", "code.py", stdin=b'{"n":1}\n\n  \r\n{"n":2}')
    assert (ended.code, ended.out) == (0, ['{"n":1}', '{"n":2}'])


def test_dash_means_stdin(program, write):
    write("code.py", IDENTITY)
    assert program("run", "code.py", "--events", "-", stdin=b'{"n":1}\n').out == ['{"n":1}']


def test_failed_events_are_told_with_line_code_message_and_place(cli, write, events_file):
    write("code.py", MIXED)
    ended = cli("run", "code.py", "--events", events_file([{"n": n} for n in (1, 3, 5, 7, 8)]))
    assert ended.code == 1
    assert ended.out == ['{"n":1}', '{"n":3}', '{"copy":3}', '{"n":8}']
    assert ended.err[0] == "line 4: T201 KeyError: 'seven' (code.py:8:9)"
    assert ended.err[1].endswith(": 3 emitted, 1 dropped, 1 failed; 4 outputs")
    assert [line.split() for line in ended.err[2:]] == [
        ["failed", "code", "message", "place", "first", "line"],
        ["1", "T201", "KeyError:", "'seven'", "code.py:8:9", "4"],
    ]


def test_outcomes_are_one_object_per_event(cli, write, events_file):
    write("code.py", MIXED)
    ended = cli("run", "code.py", "--events", events_file([{"n": n} for n in (1, 3, 5, 7)]), "--outcomes", "--logs")
    assert ended.events() == [
        {"line": 1, "status": "emitted", "outputs": [{"n": 1}], "logs": ["saw 1"]},
        {"line": 2, "status": "emitted", "outputs": [{"n": 3}, {"copy": 3}], "logs": ["saw 3"]},
        {"line": 3, "status": "dropped", "reason": "fifth", "logs": ["saw 5"]},
        {
            "line": 4,
            "status": "failed",
            "code": "T201",
            "message": "KeyError: 'seven'",
            "retryable": False,
            "step": "code.py",
            "place": {"line": 8, "column": 9, "function": "transformEvent"},
            "logs": ["saw 7"],
        },
    ]


def test_logs_are_talk_unless_outcomes_hold_them(cli, write, events_file):
    write("code.py", MIXED)
    ended = cli("run", "code.py", "--events", events_file([{"n": 1}, {"n": 2}]), "--logs")
    assert ended.out == ['{"n":1}', '{"n":2}']
    assert ended.err[:2] == ["line 1: saw 1", "line 2: saw 2"]


def test_output_of_several_events_stands_with_the_first(cli, write, events_file):
    write(
        "code.py",
        "def transformBatch(events, metadata):\n"
        "    return [{'messageId': event['messageId'], 'size': len(events)} for event in events if event['messageId'] != 'b']\n",
    )
    events = [{"messageId": name} for name in "abc"]
    ended = cli("run", "code.py", "--events", events_file(events), "--outcomes")
    assert [told["status"] for told in ended.events()] == ["emitted", "dropped", "emitted"]
    assert ended.events()[0]["outputs"] == [{"messageId": "a", "size": 3}]


def test_lines_that_are_no_events_fail_and_the_rest_goes_on(cli, write, events_file):
    write("code.py", IDENTITY)
    lines = [b'{"n":1}', b"nonsense", b"[1]", b'{"bad":"\xff"}', b'{"n":2}']
    ended = cli("run", "code.py", "--events", events_file(lines), "--outcomes")
    assert ended.code == 1
    assert [(told["line"], told.get("code")) for told in ended.events()] == [
        (1, None),
        (2, "T101"),
        (3, "T102"),
        (4, "T103"),
        (5, None),
    ]


def test_a_line_without_end_takes_no_memory_and_fails(cli, write, events_file):
    write("code.py", IDENTITY)
    lines = [b'{"n":1}', b'{"x":"' + b"y" * 5_000_000 + b'"}', b'{"n":2}']
    ended = cli("run", "code.py", "--events", events_file(lines), "--outcomes")
    assert [told.get("code") for told in ended.events()] == [None, "T105", None]


def test_events_that_hang_fail_each_for_itself(cli, write, events_file):
    """More of them than workers one batch may cost: the platform's own failures are run again."""
    write("code.py", "def transformEvent(event, metadata):\n    while event['n'] % 2:\n        pass\n    return event\n")
    events = events_file([{"n": n} for n in range(8)])
    ended = cli("run", "code.py", "--events", events, "--outcomes", "--event-seconds", 0.1, "--batch-kills", 1)
    assert [told.get("code") for told in ended.events()] == [None, "T301"] * 4


def test_what_code_wants_sent_again_stays_failed(cli, write, events_file):
    write("code.py", "def transformEvent(event, metadata):\n    raise Retry(30, 'later')\n")
    ended = cli("run", "code.py", "--events", events_file([{"n": 1}]), "--outcomes")
    (told,) = ended.events()
    assert (told["code"], told["retryable"], told["retry_after_seconds"]) == ("T203", True, 30)


def test_several_files_run_one_after_the_other(cli, write, events_file):
    write("a.py", "def transformEvent(event, metadata):\n    event['a'] = 1\n    return event\n")
    write("b.py", "def transformEvent(event, metadata):\n    event['b'] = event['a'] + 1\n    return event\n")
    assert cli("run", "a.py", "b.py", "--events", events_file([{}])).events() == [{"a": 1, "b": 2}]


def test_metadata_is_what_a_data_plane_would_send(cli, write, events_file):
    write("code.py", "def transformEvent(event, metadata):\n    return metadata(event)\n")
    events = events_file([{"messageId": "m", "userId": "u"}, {"anonymousId": "a"}, {"messageId": 7}])
    ended = cli("run", "code.py", "--events", events, "--metadata", '{"sourceId": "s"}')
    assert ended.events() == [
        {"sourceId": "s", "messageId": "m", "orderingKey": "u"},
        {"sourceId": "s", "orderingKey": "a"},
        {"sourceId": "s"},
    ]


def test_quiet_says_nothing(cli, write, events_file):
    write("code.py", MIXED)
    ended = cli("run", "code.py", "--events", events_file([{"n": 7}]), "--quiet")
    assert (ended.code, ended.out, ended.err) == (1, [], [])


def test_many_failures_are_counted_not_listed(cli, write, events_file):
    write("code.py", MIXED)
    ended = cli("run", "code.py", "--events", events_file([{"n": 7}] * 50))
    assert sum(line.startswith("line ") for line in ended.err) == 20
    assert ended.err[20] == "more events failed; the summary counts them, --outcomes prints every one"
    assert ended.err[-1].split()[:2] == ["50", "T201"]


def test_a_message_cannot_command_the_terminal(cli, write, events_file):
    write(
        "code.py",
        "def transformEvent(event, metadata):\n    log('\\x1b[2J')\n    raise ValueError('a\\x1b]0;owned\\x07\\nb')\n",
    )
    ended = cli("run", "code.py", "--events", events_file([{}]), "--logs")
    assert ended.err[:2] == ["line 1: \\x1b[2J", "line 1: T201 ValueError: a\\x1b]0;owned\\x07\\nb (code.py:3:5)"]
    assert "\x1b" not in "".join(ended.err)


def test_broken_code_is_told_as_check_tells_it_and_nothing_runs(cli, write, events_file):
    write("code.py", "def transformEvent(event, metadata)\n    return event\n")
    ended = cli("run", "code.py", "--events", events_file([{}]))
    assert (ended.code, ended.out) == (1, [])
    assert ended.err == ["code.py:1:36: SyntaxError: expected ':'"]


def test_no_events_are_no_failure(cli, write, events_file):
    write("code.py", IDENTITY)
    ended = cli("run", "code.py", "--events", events_file([]))
    assert (ended.code, ended.out) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.py"], "missing.py: no such file or directory"),
        (["."], ".: is a folder; name a source file"),
        (["code.txt"], "code.txt: no engine runs such files; known endings: .py, .js, .mjs, .ts, .wasm"),
        (["latin.py"], "latin.py: is not UTF-8 text"),
        (["code.py", "--events", "."], ".: is a folder; name a file of events"),
        (["code.py", "--events", "missing.jsonl"], "missing.jsonl: no such file or directory"),
        (
            ["code.py", "--metadata", "{"],
            """--metadata must be a JSON object, such as '{"sourceId": "web"}'; this is not JSON""",
        ),
        (["code.py", "--metadata", "[]"], """--metadata must be a JSON object, such as '{"sourceId": "web"}'"""),
        (["code.py", "--batch-size", "6000"], "--batch-size 6000 is over the limit (batch_events) of 5000"),
        (["code.py", "--event-seconds", "0"], "event_seconds (flag --event-seconds): Input should be greater than 0"),
    ],
)
def test_wrong_input_is_one_clear_line(cli, write, arguments, message):
    write("code.py", IDENTITY)
    write("code.txt", IDENTITY)
    write("latin.py", "# caf\xe9\n".encode("latin-1"))
    ended = cli("run", *arguments)
    assert (ended.code, ended.out, ended.err) == (2, [], [f"transformer: {message}"])


def test_a_pipe_that_is_closed_ends_it_quietly(started, write, events_file):
    write("code.py", IDENTITY)
    process = started("run", "code.py", "--events", events_file(5000))
    assert json.loads(process.stdout.readline())["type"]
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr.read() == b""
