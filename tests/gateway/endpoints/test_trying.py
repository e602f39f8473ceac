"""Code that nobody has published, tried on events, as the control planes of both incumbents ask for it."""

import asyncio
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.access import keys
from transformer.engines.catalog import ENGINES
from transformer.errors import Code, PlatformError
from transformer.gateway import open_gateway
from transformer.outcome import Ledger, Status
from transformer.registry.records import Call, KeyDraft
from transformer.service import Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

MISSING_CODE = {"error": "Error: Invalid Request. Missing parameters in transformation code block"}
MISSING_EVENTS = {"error": "Error: Invalid request. Missing events"}
FOO = "def transformEvent(event, metadata):\n    log('hello', {'n': 1})\n    event['foo'] = 'bar'\n    return event\n"
SOURCE = "def transformEvent(event, metadata):\n    event['from'] = metadata(event).get('sourceId')\n    return event\n"
FOO_JS = (
    "export function transformEvent(event, metadata) {\n  log('hello', { n: 1 });\n  event.foo = 'bar';\n  return event;\n}"
)


@pytest.fixture(scope="session")
def libraries():
    """A config backend that has some."""
    with ConfigBackend() as backend:
        backend.library("math-1", "mathhelper", "def double(x):\n    return x * 2\n", language="pythonfaas")
        backend.library("math-js", "mathHelper", "export function double(x) { return x * 2; }", language="javascript")
        backend.library("broken-1", "broken", "def double(x)\n", language="pythonfaas")
        backend.rudder_libraries["hash", "v1"] = {"importName": "@rs/hash/v1", "code": "export function one() { return 1; }"}
        yield backend


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def trying(tmp_path_factory, libraries):
    """A gateway whose libraries that backend has."""
    settings = settings_of(tmp_path_factory.mktemp("trying"), config_backend_url=libraries.url, event_seconds=2)
    async with Server(settings, doors=open_gateway(settings)) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ask(trying):
    """await ask(path, body) → status and JSON."""
    plane = Plane(trying.doors[0].address)

    async def asked(path, body):
        answer = await plane.post(path, body)
        assert answer.headers["apiversion"] == "2"
        return answer.status, answer.json

    return asked


def to_test(code, *events, language="pythonfaas", libraries=(), credentials=(), **more):
    """Body of a test. An event is a message, or a message and its metadata."""
    told = [{"message": each} if isinstance(each, dict) else {"message": each[0], "metadata": each[1]} for each in events]
    revision = {"code": code, "codeVersion": "1", "language": language}
    return {
        "trRevCode": revision,
        "events": told,
        "libraryVersionIDs": list(libraries),
        "credentials": list(credentials),
        **more,
    }


def to_run(code, *events, **more):
    """Body of a test run."""
    body = to_test(code, *events, **more)
    needs = {"libraries": [{"versionId": each} for each in body["libraryVersionIDs"]], "credentials": body["credentials"]}
    return {"codeRevision": body["trRevCode"], "input": body["events"], "dependencies": needs}


@pytest.mark.parametrize(
    ("path", "language", "code"), [("/test", "pythonfaas", FOO), ("/transformation/test", "javascript", FOO_JS)]
)
async def test_a_test_tells_the_events_and_what_was_logged(ask, need, path, language, code):
    if language == "javascript":
        need("javascript")
    body = to_test(code, {"messageId": "m1"}, {"messageId": "m2"}, language=language)
    status, told = await ask(path, body)
    assert status == 200
    assert told["transformedEvents"] == [{"messageId": "m1", "foo": "bar"}, {"messageId": "m2", "foo": "bar"}]
    assert told["logs"] == ['Log: hello {"n":1}' if language == "javascript" else 'Log: hello {"n": 1}'] * 2


async def test_a_test_run_tells_each_event_with_its_metadata_as_it_was_written(ask):
    metadata = {
        "messageId": "m1",
        "rudderId": 123,
        "jobId": "not-an-int",
        "customKey": {"nested": True},
        "big": 12345678901234567890,
    }
    status, told = await ask("/testRun", to_run(FOO, ({"messageId": "m1"}, metadata), {"messageId": "m2"}))
    assert status == 200
    assert told["transformedEvents"] == [
        {"transformedEvent": {"messageId": "m1", "foo": "bar"}, "metadata": metadata},
        {"transformedEvent": {"messageId": "m2", "foo": "bar"}, "metadata": {}},
    ]


async def test_an_event_fails_alone_and_in_its_place(ask):
    code = "def transformEvent(event, metadata):\n    if event['n'] == 1:\n        raise ValueError('boom')\n    return event\n"
    events = [({"messageId": f"m{n}", "n": n}, {"sourceId": f"s{n}"}) for n in range(3)]
    error = "ValueError: boom\n    at transformEvent (line 3, column 9)"
    status, told = await ask("/test", to_test(code, *events))
    assert (status, told["transformedEvents"]) == (
        200,
        [{"messageId": "m0", "n": 0}, {"error": error}, {"messageId": "m2", "n": 2}],
    )
    status, told = await ask("/testRun", to_run(code, *events))
    assert told["transformedEvents"][1] == {"error": error, "metadata": {"sourceId": "s1"}}


async def test_filtered_events_are_left_out_and_several_of_one_keep_their_place(ask):
    code = (
        "def transformEvent(event, metadata):\n    return [{'n': event['n'], 'part': p} for p in range(event['n'])] or None\n"
    )
    status, told = await ask("/test", to_test(code, {"n": 2}, {"n": 0}, {"n": 1}))
    assert (status, told["transformedEvents"]) == (200, [{"n": 2, "part": 0}, {"n": 2, "part": 1}, {"n": 1, "part": 0}])


async def test_a_batch_function_is_tried_too(ask):
    code = "def transformBatch(events, metadata):\n    log(len(events))\n    return events[1:]\n"
    status, told = await ask(
        "/testRun", to_run(code, ({"messageId": "a"}, {"sourceId": "s1"}), ({"messageId": "b"}, {"sourceId": "s2"}))
    )
    assert (status, told) == (
        200,
        {"transformedEvents": [{"transformedEvent": {"messageId": "b"}, "metadata": {"sourceId": "s2"}}], "logs": ["Log: 2"]},
    )


async def test_of_events_with_one_message_id_the_last_ones_metadata_counts(ask):
    events = [({"messageId": "dup", "n": n}, {"sourceId": f"s{n}"}) for n in (1, 2)]
    status, told = await ask("/testRun", to_run(SOURCE, *events, ({"n": 3}, {"sourceId": "s3"})))
    assert status == 200
    assert [each["transformedEvent"]["from"] for each in told["transformedEvents"]] == ["s2", "s2", "s3"]
    assert [each["metadata"]["sourceId"] for each in told["transformedEvents"]] == ["s2", "s2", "s3"]
    assert [each["transformedEvent"].get("n") for each in told["transformedEvents"]] == [1, 2, 3]


@pytest.mark.parametrize("metadata", [None, 7, "text", ["list"], {"messageId": None}])
async def test_metadata_is_never_judged(ask, metadata):
    status, told = await ask("/testRun", to_run(SOURCE, ({"messageId": "m"}, metadata)))
    assert (status, told["transformedEvents"][0]["transformedEvent"]) == (200, {"messageId": "m", "from": None})


async def test_libraries_come_from_the_config_backend(ask):
    code = "import mathhelper\ndef transformEvent(event, metadata):\n    event['n'] = mathhelper.double(event['n'])\n    return event\n"
    for path, body in (("/test", to_test), ("/testRun", to_run)):
        status, told = await ask(path, body(code, {"n": 21}, libraries=["math-1"]))
        assert status == 200
        assert told["transformedEvents"][0].get("transformedEvent", told["transformedEvents"][0]) == {"n": 42}


@pytest.mark.need("javascript")
async def test_libraries_of_javascript_come_from_there_too(ask):
    code = "import { double } from 'mathHelper';\nimport { one } from '@rs/hash/v1';\nexport function transformEvent(event) { return { n: double(event.n) + one() }; }"
    status, told = await ask("/transformation/testRun", to_run(code, {"n": 21}, language="javascript", libraries=["math-js"]))
    assert (status, told["transformedEvents"]) == (200, [{"transformedEvent": {"n": 43}, "metadata": {}}])


async def test_a_library_that_cannot_be_had_or_loaded_fails_the_whole_test(ask, libraries):
    for path, body in (("/test", to_test), ("/testRun", to_run)):
        status, told = await ask(path, body(FOO, {}, libraries=["nobody-knows-it"]))
        assert (status, "Transformation Library not found" in told["error"]) == (400, True)
    status, told = await ask("/test", to_test("import broken\n" + FOO, {}, libraries=["broken-1"]))
    assert (status, "expected ':'" in told["error"]) == (400, True)
    libraries.failures["away-1"] = 503
    status, told = await ask("/test", to_test(FOO, {}, libraries=["away-1"]))
    assert (status, list(told)) == (503, ["error"])
    libraries.failures.clear()


async def test_a_503_of_a_test_is_no_503_of_events(trying, libraries):
    libraries.failures["away-2"] = 503
    answer = await Plane(trying.doors[0].address).post("/test", to_test(FOO, {}, libraries=["away-2"]))
    assert answer.status == 503
    assert "x-rudder-should-retry" not in answer.headers  # with it, who asks for a test would not try again
    libraries.failures.clear()


async def test_credentials_come_with_the_request_and_secrets_are_told_to_nobody(ask):
    code = "def transformEvent(event, metadata):\n    event['k'] = getCredential('K')\n    log(getCredential('S'))\n    return event\n"
    credentials = [{"key": "K", "value": "v1"}, {"key": "S", "value": "hush-hush-hush", "isSecret": True}]
    for path, body in (("/test", to_test), ("/testRun", to_run)):
        status, told = await ask(path, body(code, {}, credentials=credentials))
        assert (status, told["logs"]) == (200, ["Log: [secret]"])
        assert told["transformedEvents"][0].get("transformedEvent", told["transformedEvents"][0]) == {"k": "v1"}
    body = to_test(code, {})
    body["events"][0]["credentials"] = credentials
    assert (await ask("/test", body))[1]["transformedEvents"] == [{"k": "v1"}]
    assert (await ask("/test", to_test(code, {})))[1]["transformedEvents"] == [{"k": None}]


async def test_credentials_may_be_any_json(ask):
    code = "def transformEvent(event, metadata):\n    return {key: getCredential(key) for key in event}\n"
    deep = 1
    for _ in range(300):
        deep = [deep]
    values = {"big": 2**70, "bigger": 10**400, "deep": deep, "list": [1, {"a": None}], "no": None, "text": "\ud83d\ude00"}
    credentials = [{"key": key, "value": value} for key, value in values.items()]
    wrong = ["text", 7, {"value": 1}, {"key": 7, "value": 1}, {"key": "none"}, {"key": "half", "value": "\ud800"}]
    status, told = await ask("/test", to_test(code, dict.fromkeys([*values, "half"]), credentials=[*wrong, *credentials]))
    known = {"big": float(2**70), "bigger": None, "deep": None, "list": [1, {"a": None}], "no": None, "text": "\U0001f600"}
    assert (status, told["transformedEvents"]) == (200, [known | {"half": "\ufffd"}])


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def transformEvent(event, metadata)\n    return event", "expected ':'"),
        ("import os\n" + FOO, "Import of 'os' is not allowed."),
        ("x = 1", "transformEvent"),
        ("raise ValueError('at the top')\n" + FOO, "at the top"),
        ("from .beside import one\n" + FOO, "Relative imports are not allowed."),
        ("def transformEvent(event, metadata):\n    return (x for x in ()).gi_frame", "gi_frame"),
    ],
)
async def test_code_that_cannot_be_loaded_fails_the_whole_test(ask, code, told):
    for path, body in (("/test", to_test), ("/testRun", to_run)):
        status, answer = await ask(path, body(code, {"n": 1}, {"n": 2}))
        assert status == 400
        assert list(answer) == ["error"]
        assert told in answer["error"]


async def test_what_is_missing_is_told_in_the_words_that_are_known(ask):
    for path in ("/test", "/transformation/test"):
        for missing in ("code", "codeVersion"):
            for value in (None, "", 0):
                body = to_test(FOO, {})
                body["trRevCode"][missing] = value
                if (missing, value) != ("codeVersion", 0):
                    assert await ask(path, body) == (400, MISSING_CODE)
        for events in ([], None):
            assert await ask(path, to_test(FOO, {}, events=events)) == (400, MISSING_EVENTS)
        assert await ask(path, {"events": [{"message": {}}]}) == (400, MISSING_CODE)
        assert await ask(path, {}) == (400, MISSING_EVENTS)
    for path in ("/testRun", "/transformation/testRun"):
        body = to_run(FOO, {})
        del body["codeRevision"]["code"]
        assert await ask(path, body) == (400, MISSING_CODE)
        assert await ask(path, to_run(FOO, {}) | {"input": []}) == (400, MISSING_EVENTS)
        body = to_run(FOO, {})
        del body["codeRevision"]["codeVersion"]  # the usual one
        assert (await ask(path, body))[0] == 200


@pytest.mark.parametrize("path", ["/test", "/testRun", "/transformation/test", "/transformation/testRun"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b"\xff",
        b"[" * 5000,
        b'{"events": {}, "input": {}}',
        b'{"events": [1], "input": [1]}',
        b'{"events": [{}], "input": [{}], "trRevCode": 7, "codeRevision": 7}',
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(ask, path, body):
    status, told = await ask(path, body)
    assert (status, list(told)) == (400, ["error"])


async def test_fields_of_other_types_are_refused_with_their_name(ask):
    for more in ({"libraryVersionIDs": "one"}, {"libraryVersionIDs": [1]}):
        status, told = await ask("/test", to_test(FOO, {}, **more))
        assert (status, "libraryVersionIDs" in told["error"]) == (400, True)
    for needs in ([], {"libraries": ["one"]}, {"libraries": [{}]}):
        status, told = await ask("/testRun", to_run(FOO, {}) | {"dependencies": needs})
        assert (status, "dependencies" in told["error"]) == (400, True)
    for version in ([], {"a": 1}, [["1"]]):
        for path, body in (("/test", to_test(FOO, {})), ("/testRun", to_run(FOO, {}))):
            body.get("trRevCode", body.get("codeRevision"))["codeVersion"] = version
            status, told = await ask(path, body)
            assert (status, "codeVersion" in told["error"]) == (400, True)
    status, told = await ask("/test", to_test(FOO, {}, language="cobol"))
    assert (status, "cobol" in told["error"]) == (400, True)
    status, told = await ask("/test", to_test(FOO, {}, credentials=["text", {"value": 1}, {"key": 7, "value": 1}]))
    assert status == 200


async def test_a_message_that_is_no_event_fails_alone(ask):
    body = to_test(FOO, {"n": 1})
    body["events"] += [{"message": 7}, {"message": None}, {}, {"message": "text"}]
    status, told = await ask("/test", body)
    assert status == 200
    assert [list(each) for each in told["transformedEvents"]] == [["n", "foo"], ["error"], ["error"], ["error"], ["error"]]


async def test_what_is_too_large_is_refused_with_its_limit(ask):
    for body, limit in (
        (to_test("#" * 300_000 + "\n" + FOO, {}), "code_bytes"),
        (to_test(FOO, *[{}] * 10_001), "batch_events"),
        (to_test(FOO, {}, libraries=[f"l{n}" for n in range(1001)]), "1000"),
    ):
        status, told = await ask("/test", body)
        assert (status, limit in told["error"]) == (400, True)


async def test_code_that_does_not_end_costs_its_event_and_nothing_is_held_against_it(ask, trying):
    code = "def transformEvent(event, metadata):\n    while event.get('loop'):\n        pass\n    return event\n"
    for _ in range(2):
        status, told = await ask("/test", to_test(code, {"n": 1}, {"loop": True}, {"n": 2}))
        assert status == 200
        assert (told["transformedEvents"][0], told["transformedEvents"][2]) == ({"n": 1}, {"n": 2})
        assert "ran longer than" in told["transformedEvents"][1]["error"]
    assert not trying._pool.quarantines.held


async def test_a_test_leaves_nothing_behind_for_the_next_one(ask):
    code = "import collections\nseen = []\ndef transformEvent(event, metadata):\n    seen.append(1)\n    event['seen'] = len(seen)\n    return event\n"
    answers = await asyncio.gather(*(ask("/test", to_test(code, {})) for _ in range(3)))
    assert [told["transformedEvents"] for _, told in answers] == [[{"seen": 1}]] * 3


async def test_code_that_is_tried_has_no_values_of_production(ask):
    code = "def transformEvent(event, metadata):\n    kv.set('a', 1)\n    return event\n"
    status, told = await ask("/test", to_test(code, {}))
    assert (status, "kv is not declared" in told["transformedEvents"][0]["error"]) == (200, True)


async def test_a_key_for_one_workspace_tries_nothing_of_another(tmp_path, libraries):
    libraries.library("theirs-1", "theirs", "def one():\n    return 1\n", language="pythonfaas", workspaceId="Theirs")
    libraries.library("ours-1", "ours", "def one():\n    return 1\n", language="pythonfaas", workspaceId="Ours")
    settings = settings_of(tmp_path, config_backend_url=libraries.url, authentication="keys")
    async with Server(settings, doors=open_gateway(settings)) as server:
        sent = {}

        def fill():
            server._store.create_workspace("ours", "")
            for role, scope in (("author", "ours"), ("author", ""), ("transform", "")):
                made = keys.make()
                server._store.create_key(KeyDraft(made.id, made.digest, "a key", scope, role), call=Call("test"))
                sent[role, scope] = {"Authorization": f"Bearer {made.text}"}

        await asyncio.to_thread(fill)
        plane = Plane(server.doors[0].address)
        answers = {}
        for who, headers in sent.items():
            for library in ("ours-1", "theirs-1"):
                body = to_test(FOO, ({}, {"workspaceId": "theirs"}), libraries=[library])
                answer = await plane.post("/test", body, **headers)
                answers[*who, library] = answer.status
        assert answers == {
            ("author", "ours", "ours-1"): 200,
            ("author", "ours", "theirs-1"): 400,
            ("author", "", "ours-1"): 200,
            ("author", "", "theirs-1"): 200,
            ("transform", "", "ours-1"): 403,
            ("transform", "", "theirs-1"): 403,
        }
        assert (await plane.post("/test", to_test(FOO, {}))).status == 401


async def test_where_an_engine_is_not_installed_nothing_is_said_about_the_code(ask, monkeypatch):
    missing = replace(ENGINES["javascript"], requires=("no_module_is_called_so",))
    monkeypatch.setattr("transformer.gateway.running.trial.ENGINES", {**ENGINES, "javascript": missing})
    told = {"error": "the engine javascript is not installed here: install transformer[javascript]"}
    assert await ask("/transformation/test", to_test(FOO_JS, {}, language="javascript")) == (503, told)
    assert await ask("/extractLibs", {"code": FOO_JS}) == (503, told)


async def test_a_full_server_says_so_and_nothing_about_the_code(ask, trying, monkeypatch):
    async def full(*_, **__):
        raise PlatformError(Code.NO_CAPACITY, "no worker is free; send it again", retry_after_seconds=1)

    monkeypatch.setattr(trying._pool, "run", full)
    monkeypatch.setattr(trying._pool, "check", full)
    told = (503, {"error": "no worker is free; send it again"})
    assert await ask("/test", to_test(FOO, {})) == told
    assert await ask("/testRun", to_run(FOO, {})) == told
    assert await ask("/test-library", {"code": "x = 1"}) == told


async def test_what_a_worker_says_is_looked_at(ask, trying, monkeypatch):
    async def broken_out(_plan, batch, **_):
        ledger = Ledger(len(batch.payloads))
        payloads = [b'{"n":1}', b'{"n":', b"[1]", b'{"n":1},{"error":"x"}', b"{}"]
        ledger.settle(range(5), bytes([Status.EMITTED] * 5), payloads, [(n,) for n in range(5)])
        return ledger

    monkeypatch.setattr(trying._pool, "run", broken_out)
    status, told = await ask("/test", to_test(FOO, *[{}] * 5))
    wrong = {"error": "the output of the event cannot be read"}
    assert (status, told["transformedEvents"]) == (200, [{"n": 1}, wrong, wrong, wrong, {}])
