"""Code that asks its host, at the command line: nothing is fetched, recorded answers are given, the manifest is held against it."""

import json

CODE = """import requests


def transformEvent(event, metadata):
    event["greeting"] = requests.get("https://api.example.com/hello", timeout=2).json()["text"]
    event["greeting"] += lookup("plans", event["plan"], {}).get("mark", "")
    event["seen"] = kv.increment("seen/" + event["messageId"])
    event["country"] = geolocation(event["ip"])["country"]
    event["signed"] = getCredential("KEY") == "the key"
    return event
"""
MANIFEST = "capabilities:\n  hosts: [api.example.com]\n  tables: [plans]\n  secrets: [KEY]\n  kv: seen/\n  geolocation: true\n"
EVENT = {"messageId": "m", "plan": "a", "ip": "203.0.113.7"}
RESULT = {**EVENT, "greeting": "hello!", "seen": 3, "country": "XX", "signed": True}
CALLS = [
    {"fetch": "https://api.example.com/hello", "answer": {"body": {"text": "hello"}}},
    {"geolocation": "203.0.113.7", "answer": {"country": "XX"}},
]
MORE = {"kv": {"seen/m": 2}, "secrets": {"KEY": "the key"}, "tables": {"plans": [{"id": "a", "mark": "!"}]}}


def test_check_says_what_the_manifest_lacks_and_takes_it_as_it_was_said(cli, write):
    write("ask.py", CODE)
    ended = cli("check", "ask.py")
    assert ended.code == 1
    assert [line.split(" is not declared")[0] for line in ended.out] == [
        "ask.py:5:25: the host api.example.com",
        "ask.py:6:26: the table plans",
        "ask.py:7:21: a key of kv that begins with 'seen/'",
        "ask.py:8:24: geolocation",
        "ask.py:9:23: the secret KEY",
    ]
    write("ask.manifest.yaml", ended.out[0].partition("beside the code: ")[2])
    ended = cli("check", "ask.py")
    assert (ended.code, ended.out) == (
        0,
        ["ask.py: warning: the sample events were tried without answers to host calls: give the code cases with recorded ones"],
    )


def test_url_that_is_made_while_the_code_runs_is_a_warning(cli, write):
    write(
        "ask.py", "def transformEvent(event, metadata):\n    if event.get('u'):\n        fetch(event['u'])\n    return event\n"
    )
    ended = cli("check", "ask.py")
    assert ended.code == 0
    told = "the URL of this request is made while the code runs: its host must be among the declared hosts (none)"
    assert ended.out == [f"ask.py:3:9: warning: {told}, or the call is refused"]


def test_manifest_that_is_wrong_is_told_with_its_place(cli, write):
    write("ask.py", CODE)
    write("ask.manifest.yaml", "capabilities: {host: [a.example]}")
    ended = cli("check", "ask.py")
    assert ended.code == 2
    assert "ask.manifest.yaml: capabilities: 'host' is unknown" in ended.err[-1]


def test_cases_have_the_answers_that_they_record(cli, write):
    write("ask.py", CODE)
    write("ask.manifest.yaml", MANIFEST)
    whole = {"name": "asks", "event": EVENT, "expect": {"emitted": RESULT}, "calls": CALLS, **MORE}
    unused = {**whole, "name": "is told more than it asks", "calls": [*CALLS, {"fetch": "https://b.example/", "answer": {}}]}
    less = {**whole, "name": "is told less", "calls": CALLS[1:]}
    write("ask.cases.json", json.dumps([whole, unused, less]))
    ended = cli("test", "ask.py", "--json")
    held, told_more, told_less = ended.json()["files"][0]["cases"]
    assert (ended.code, held["held"], held["unused"], told_more["held"]) == (1, True, [], True)
    assert told_more["unused"] == ["[1].calls[2]"]
    wanted = '{"fetch": "https://api.example.com/hello", "answer": {"status": 200, "body": {}}}'
    assert told_less["held"] is False
    assert told_less["differences"][-1] == {
        "path": "calls",
        "expected": "a recorded answer for every call",
        "got": f"none; record one, as {wanted}",
    }


def test_run_answers_from_a_file_and_says_what_it_lacks_and_what_it_does_not_need(cli, write):
    write("ask.py", CODE)
    write("ask.manifest.yaml", MANIFEST)
    write("events.jsonl", json.dumps(EVENT) + "\n")
    extra = {"fetch": "https://b.example/", "answer": {}}
    write("recorded.json", json.dumps({"calls": [*CALLS, extra], **MORE}))
    ended = cli("run", "ask.py", "--events", "events.jsonl", "--fixtures", "recorded.json")
    assert (ended.code, ended.events()) == (0, [RESULT])
    assert "calls[2] of --fixtures was not asked for" in ended.err
    ended = cli("run", "ask.py", "--events", "events.jsonl")
    assert ended.code != 0
    assert any("no answer is recorded for a host call" in line for line in ended.err)


def test_file_of_answers_that_is_wrong_is_told(cli, write):
    write("ask.py", CODE)
    ended = cli("run", "ask.py", "--fixtures", "none.json")
    assert (ended.code, ended.err[-1]) == (2, "transformer: none.json: no such file or directory")
