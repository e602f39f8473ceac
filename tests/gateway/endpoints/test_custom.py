"""POST /customTransform: groups, order, metadata, credentials, libraries, filter codes, and whose fault it is."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.gateway import open_gateway
from transformer.service import Server

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.need("landlock"),
    pytest.mark.need("seccomp"),
    pytest.mark.need("javascript"),
]

FILTERS = {"X-Feature-Filter-Code": "?1"}
PYTHON = """
def transformEvent(event, metadata):
    what = event.get("do")
    if what == "drop":
        return None
    if what == "twice":
        return [{"n": event["n"], "part": part} for part in "ab"]
    if what == "text":
        return "no event"
    if what == "raise":
        return helper(event)
    if what == "loop":
        while True:
            pass
    if what == "nan":
        event["nan"] = float("nan")
    if what == "large":
        event["large"] = 10 ** 400
    if what == "metadata":
        return metadata(event)
    if what == "credential":
        return {"got": [getCredential(key) for key in event["keys"]]}
    event["seen"] = True
    return event

def helper(event):
    raise ValueError("the event is bad")
"""
JAVASCRIPT = """
export async function transformEvent(event, metadata) {
  if (event.do === "drop") return;
  if (event.do === "twice") return [{ n: event.n, part: "a" }, { n: event.n, part: "b" }];
  if (event.do === "text") return "no event";
  if (event.do === "raise") throw new Error("the event is bad");
  if (event.do === "loop") while (true);
  if (event.do === "nan") event.nan = NaN;
  if (event.do === "metadata") return metadata(event);
  if (event.do === "credential") return { got: event.keys.map((key) => getCredential(key) ?? null) };
  await new Promise((resolve) => setTimeout(resolve, 30 - 10 * event.n));
  return { ...event, seen: true };
}
"""


@pytest.fixture(scope="module")
def code():
    """A config backend with some code."""
    with ConfigBackend() as backend:
        backend.code("python", PYTHON, language="pythonfaas")
        backend.code("javascript", JAVASCRIPT)
        yield backend


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(code, tmp_path_factory):
    settings = settings_of(
        tmp_path_factory.mktemp("custom"), config_backend_url=code.url, batch_events=150, event_bytes=100_000
    )
    async with Server(settings, doors=open_gateway(settings)) as server:
        yield Plane(server.doors[0].address)


def item(n=0, version="python", metadata=None, **message):
    """An event as a data plane sends it; what `metadata` does not say is usual."""
    known = {"messageId": f"m{n}", "sourceId": "s", "destinationId": "d", "workspaceId": "Ws1", **(metadata or {})}
    return {
        "message": {"n": n, **message},
        "metadata": known,
        "destination": {"ID": "d", "Config": {"secret": 1}, "Transformations": [{"VersionID": version}] if version else []},
    }


async def ask(plane, items, **headers):
    answer = await plane.post("/customTransform", items, **(headers or FILTERS))
    assert answer.status == 200, answer.body
    assert answer.headers["apiversion"] == "2"
    return answer.json


def brief(replies):
    """What matters of each: the status, and the output or the first line of the error."""
    return [(one["statusCode"], one.get("output", one.get("error", "").partition("\n")[0] or None)) for one in replies]


@pytest.mark.parametrize("version", ["python", "javascript"])
async def test_events_keep_their_order_and_their_outputs_stay_together(plane, version):
    plans = [None, "drop", "twice", "raise", None, "text", "twice"]
    replies = await ask(plane, [item(n, version, do=what) for n, what in enumerate(plans)])
    assert [(one["statusCode"], one["metadata"]["messageId"]) for one in replies] == [
        (200, "m0"),
        (298, "m1"),
        (200, "m2"),
        (200, "m2"),
        (400, "m3"),
        (200, "m4"),
        (400, "m5"),
        (200, "m6"),
        (200, "m6"),
    ]
    assert [one["output"].get("part") for one in replies if "output" in one] == [None, "a", "b", None, "a", "b"]
    assert all("output" not in one for one in replies if one["statusCode"] != 200)


async def test_filtered_events_are_told_of_to_who_understands_it(plane):
    events = [item(n, do="drop" if n else None) for n in range(3)]
    assert [one["statusCode"] for one in await ask(plane, events, **{"X-Feature-Filter-Code": "?0"})] == [200]
    assert [one["statusCode"] for one in await ask(plane, events, **{"x-feature-filter-code": "true"})] == [200, 298, 298]


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("python", "ValueError: the event is bad\n    at helper (line 27, column 5)"),
        ("javascript", "Error: the event is bad\n    at transformEvent (line 6, column 35)"),
    ],
)
async def test_errors_are_the_codes_own_with_its_place_and_always_the_same(plane, version, error):
    for _ in range(2):
        (reply,) = await ask(plane, [item(do="raise", version=version)])
        assert (reply["statusCode"], reply["error"]) == (400, error)


@pytest.mark.parametrize("version", ["python", "javascript"])
async def test_metadata_is_whole_and_comes_back_to_the_byte(plane, version):
    raw = '{ "messageId":"a\\u0062", "jobId": 1234567890123456, "x":1.0, "deep":{"k":[1e2]}, "sourceId": "s"}'
    body = json.dumps([item(version=version, do="metadata")]).replace(json.dumps(item()["metadata"]), raw)
    answer = await plane.post("/customTransform", body.encode())
    assert raw.encode() in answer.body
    (reply,) = answer.json
    assert reply["output"] == {
        "messageId": "ab",
        "jobId": 1234567890123456,
        "x": 1.0,
        "deep": {"k": [100.0]},
        "sourceId": "s",
    }


@pytest.mark.parametrize("odd", [None, 7, "text", [1], {}, {"messageId": 7, "sourceId": None}])
async def test_odd_metadata_fails_nothing_and_is_an_object_afterwards(plane, odd):
    events = [{**item(n, do="metadata" if n == 1 else None), "metadata": odd} for n in range(2)]
    replies = await ask(plane, events)
    assert [one["statusCode"] for one in replies] == [200, 200]
    assert all(one["metadata"] == (odd if isinstance(odd, dict) else {}) for one in replies)
    del events[0]["metadata"]
    assert (await ask(plane, events[:1]))[0]["metadata"] == {}


async def test_huge_metadata_comes_back(plane):
    (reply,) = await ask(plane, [item(metadata={"mergedTpConfig": {"k": "x" * 500_000}})])
    assert len(reply["metadata"]["mergedTpConfig"]["k"]) == 500_000


async def test_equal_message_ids_have_their_own_metadata_and_outputs(plane):
    events = [item(n, metadata={"messageId": "same", "jobId": n}, messageId="same") for n in range(4)]
    replies = await ask(plane, events)
    assert [(one["output"]["n"], one["metadata"]["jobId"]) for one in replies] == [(n, n) for n in range(4)]


async def test_groups_run_by_themselves_and_answer_in_the_order_of_events(plane):
    pairs = [("d1", "s1"), ("d2", "s1"), ("d1", "s1"), ("d1", "s2"), ("d2", "s1")]
    events = [
        item(n, "javascript" if n % 2 else "python", {"destinationId": destination, "sourceId": source})
        for n, (destination, source) in enumerate(pairs)
    ]
    replies = await ask(plane, events)
    assert [one["output"]["n"] for one in replies] == [0, 1, 2, 3, 4]
    assert [one["metadata"]["destinationId"] for one in replies] == [destination for destination, _ in pairs]


async def test_an_event_that_names_no_version_goes_with_its_group(plane):
    events = [item(0, ""), item(1), item(2, ""), item(3, "", {"destinationId": "other"})]
    assert brief(await ask(plane, events)) == [
        *((200, {"n": n, "seen": True}) for n in range(3)),
        (400, "Transformation VersionID not found"),
    ]


async def test_two_versions_in_one_request_both_run(plane, code):
    code.code("one", "export const transformEvent = (e) => ({ ...e, by: 1 });")
    code.code("two", "def transformEvent(event, metadata):\n    return {**event, 'by': 2}\n", language="python")
    replies = await ask(plane, [item(n, "one" if n % 2 else "two") for n in range(4)])
    assert [one["output"] for one in replies] == [{"n": 0, "by": 2}, {"n": 1, "by": 1}, {"n": 2, "by": 2}, {"n": 3, "by": 1}]


@pytest.mark.parametrize("version", ["python", "javascript"])
async def test_credentials_are_those_of_the_request(plane, version):
    for value in ("first", "second"):
        events = [item(n, version, do="credential", keys=["k", "o", "none", ""]) for n in range(2)]
        events[0]["credentials"] = [
            {"id": "1", "key": "k", "value": "replaced", "isSecret": False},
            {"id": "2", "key": "k", "value": value, "isSecret": True},
        ]
        events[1]["credentials"] = [{"id": "3", "key": "o", "value": "not of the first event", "isSecret": False}]
        assert [one["output"]["got"] for one in await ask(plane, events)] == [[value, None, None, None]] * 2


async def test_a_secret_does_not_come_back_in_an_error(plane, code):
    code.code("tells", "def transformEvent(event, metadata):\n    raise ValueError(getCredential('k'))\n", language="python")
    event = item(version="tells")
    event["credentials"] = [{"key": "k", "value": "very-secret-value", "isSecret": True}]
    assert brief(await ask(plane, [event])) == [(400, "ValueError: [secret]")]


async def test_workspaces_keep_apart_and_may_be_written_in_capitals(plane, code):
    source = (
        "count = 0\n\ndef transformEvent(event, metadata):\n    global count\n    count += 1\n    return {'count': count}\n"
    )
    code.code("counts", source, language="python")
    for workspace, expected in (("A", 1), ("a", 2), ("B", 1)):
        (reply,) = await ask(plane, [item(version="counts", metadata={"workspaceId": workspace})])
        assert reply["output"] == {"count": expected}


async def test_an_event_of_an_impossible_workspace_fails_alone(plane):
    replies = await ask(plane, [item(0, metadata={"workspaceId": "../etc"}), item(1)])
    assert [one["statusCode"] for one in replies] == [400, 200]
    assert "workspaceId" in replies[0]["error"]


async def test_an_empty_array_is_answered_by_one(plane):
    assert await ask(plane, []) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"7", b"[{]", b"\xff\xfe", b"[" * 100_000, b"[{}] x", b"[NaN]"])
async def test_a_body_that_is_no_array_is_refused(plane, body):
    answer = await plane.post("/customTransform", body)
    assert answer.status == 400
    assert answer.json["error"].startswith("the body is not an array of events")


@pytest.mark.parametrize(
    "odd", [7, None, "text", [], {}, {"message": 7}, {"message": None}, {"message": []}, {"destination": 7}]
)
async def test_what_is_no_event_fails_alone(plane, odd):
    if isinstance(odd, dict) and "message" in odd:
        odd = {**item(), **odd}
    replies = await ask(plane, [item(0), odd, item(2)])
    assert [one["statusCode"] for one in replies] == [200, 400, 200]
    assert replies[1]["error"]


@pytest.mark.parametrize(
    "destination",
    [
        7,
        [],
        None,
        {"Transformations": 7},
        {"Transformations": [7]},
        {"Transformations": [{"VersionID": 7}]},
        {"Transformations": [None]},
    ],
)
async def test_a_destination_without_a_version_is_told(plane, destination):
    event = {**item(), "destination": destination}
    assert brief(await ask(plane, [event])) == [(400, "Transformation VersionID not found")]


@pytest.mark.parametrize("name", ["libraries", "credentials"])
@pytest.mark.parametrize("odd", [7, {}, "text", [7, None, {}, {"VersionID": 7, "key": 7}], None])
async def test_odd_libraries_and_credentials_are_none(plane, name, odd):
    assert [one["statusCode"] for one in await ask(plane, [{**item(), name: odd}])] == [200]


async def test_bytes_that_are_no_utf_8_fail_their_event_alone(plane):
    body = json.dumps([item(0), item(1, bad="@@"), item(2)]).encode().replace(b"@@", b"\xff\xfe")
    answer = await plane.post("/customTransform", body)
    assert [one["statusCode"] for one in answer.json] == [200, 400, 200]
    assert "UTF-8" in answer.json[1]["error"]


@pytest.mark.parametrize("depth", [5000, 300_000])
async def test_an_event_that_is_too_deep_is_told_so_alone(plane, depth):
    body = json.dumps([item(0), item(1, bad="@@"), item(2)]).encode().replace(b'"@@"', b"[" * depth + b"]" * depth)
    answer = await plane.post("/customTransform", body)
    assert brief(answer.json)[1] == (400, "the event is nested deeper than 250 levels")
    assert [one["statusCode"] for one in answer.json] == [200, 400, 200]


@pytest.mark.parametrize(
    ("version", "what", "status"), [("python", "nan", 400), ("python", "large", 400), ("javascript", "nan", 200)]
)
async def test_no_answer_has_what_a_data_plane_cannot_decode(plane, version, what, status):
    replies = await ask(plane, [item(0, version), item(1, version, do=what)])
    assert [one["statusCode"] for one in replies] == [200, status]
    if status == 200:
        assert replies[1]["output"]["nan"] is None


async def test_numbers_out_of_range_in_an_event_do_not_come_back(plane):
    body = json.dumps([item(0), item(1, x="@@")]).replace('"@@"', "1e999")
    answer = await plane.post("/customTransform", body.encode())
    assert b"1e999" not in answer.body
    assert b"Infinity" not in answer.body
    assert answer.json[0]["statusCode"] == 200


async def test_a_poison_event_in_a_batch_of_two_hundred_fails_alone(plane):
    """More events than one batch may have: two are made of them."""
    replies = await ask(plane, [item(n, do="loop" if n == 77 else None) for n in range(200)])
    assert [one["statusCode"] for one in replies] == [400 if n == 77 else 200 for n in range(200)]
    assert [one["metadata"]["messageId"] for one in replies] == [f"m{n}" for n in range(200)]
    assert "longer than 0.5 s" in replies[77]["error"]


async def test_an_event_that_is_too_large_fails_alone(plane):
    replies = await ask(plane, [item(0), item(1, text="x" * 200_000), item(2)])
    assert [one["statusCode"] for one in replies] == [200, 400, 200]
    assert "limit is 100000" in replies[1]["error"]


async def test_a_large_answer_may_leave_as_gzip(code, tmp_path):
    settings = settings_of(tmp_path, config_backend_url=code.url, gateway_gzip_bytes=1000)
    async with Server(settings, doors=open_gateway(settings)) as server:
        plane = Plane(server.doors[0].address)
        answer = await plane.post("/customTransform", [item(n, text="x" * 100) for n in range(50)], **FILTERS)
        assert answer.headers["content-encoding"] == "gzip"
        assert [one["output"]["n"] for one in answer.json] == list(range(50))


async def test_requests_at_the_same_time_do_not_mix(plane):
    async def one(number):
        events = [
            item(n, "javascript" if number % 2 else "python", {"jobId": number}, do="credential", keys=["k"]) for n in range(20)
        ]
        events[0]["credentials"] = [{"key": "k", "value": f"of {number}"}]
        replies = await ask(plane, events)
        assert [(reply["output"]["got"], reply["metadata"]["jobId"]) for reply in replies] == [([f"of {number}"], number)] * 20

    await asyncio.gather(*map(one, range(12)))
