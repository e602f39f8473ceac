"""POST /customTransform when something is not as it should be: what is the code's own fault fails its events, all else is retried."""

import pytest
import pytest_asyncio
from aiohttp import web

from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.errors import Code
from transformer.gateway import open_gateway
from transformer.gateway.running.patience import Patience
from transformer.pool import Step
from transformer.service import Server

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.need("landlock"),
    pytest.mark.need("seccomp"),
    pytest.mark.need("javascript"),
]

FILTERS = {"X-Feature-Filter-Code": "?1"}


@pytest.fixture(scope="module")
def code():
    with ConfigBackend() as backend:
        yield backend


@pytest.fixture(autouse=True)
def whole(code):
    """The config backend fails in one test only."""
    yield
    code.failures.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def geolocation():
    """A geolocation service that answers with `.status`."""

    class Service:
        status = 200

    service = Service()

    async def answer(request):
        return web.json_response({"ip": request.path.rpartition("/")[2], "country": "XX"}, status=service.status)

    app = web.Application()
    app.router.add_get("/geoip/{ip}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(code, geolocation, tmp_path_factory):
    settings = settings_of(
        tmp_path_factory.mktemp("trouble"),
        config_backend_url=code.url,
        geolocation=geolocation.url,
        geolocation_seconds=20.0,
        fetch_private="127.0.0.0/8",
        code_bytes=20_000,
        turn_seconds=2.0,
    )
    async with Server(settings, doors=open_gateway(settings)) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def plane(server):
    return Plane(server.doors[0].address)


def items(version, count=2, libraries=(), **message):
    return [
        {
            "message": {"n": n, "messageId": f"m{n}", **message},
            "metadata": {"messageId": f"m{n}", "sourceId": "s", "destinationId": version, "workspaceId": "ws"},
            "destination": {"Transformations": [{"VersionID": version}]},
            "libraries": [{"VersionID": library} for library in libraries],
        }
        for n in range(count)
    ]


async def ask(plane, events):
    answer = await plane.post("/customTransform", events, **FILTERS)
    assert answer.status == 200, answer.body
    return answer.json


def held_back(answer, events, reason):
    """It is told to be sent again: with what a data plane looks at, and an element for each event."""
    assert answer.status == 503
    assert answer.headers["x-rudder-should-retry"] == "true"
    assert answer.headers["x-rudder-error-reason"] == reason
    assert answer.headers["apiversion"] == "2"
    assert [(one["statusCode"], one["metadata"]) for one in answer.json] == [(503, event["metadata"]) for event in events]
    assert all(one["error"] and "output" not in one for one in answer.json)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (401, "config_backend_auth_failed"),
        (403, "config_backend_forbidden"),
        ("http://127.0.0.1:9/elsewhere", "config_backend_redirect"),
        (500, "config_backend_unavailable"),
        (429, "config_backend_unavailable"),
        ("reset", "config_backend_unavailable"),
    ],
)
@pytest.mark.parametrize("what", ["transformation", "library"])
async def test_a_config_backend_in_trouble_costs_no_event(plane, code, failure, reason, what):
    version = f"{what}-{failure}".replace("/", "")
    code.code(version, "def transformEvent(event, metadata):\n    return event\n", language="python")
    code.library("lib", "lib", "x = 1\n")
    failing = version if what == "transformation" else f"lib-{version}"
    code.library(f"lib-{version}", "other", "x = 1\n")
    code.failures[failing] = failure
    events = items(version, libraries=["lib", f"lib-{version}"])
    held_back(await plane.post("/customTransform", events), events, reason)
    code.failures.clear()
    assert [one["statusCode"] for one in await ask(plane, events)] == [200, 200]


async def test_a_group_whose_code_is_away_holds_its_whole_request_back(plane, code):
    code.code("there", "def transformEvent(event, metadata):\n    return event\n", language="python")
    code.failures["away"] = 500
    events = items("there", 1) + items("away", 1)
    held_back(await plane.post("/customTransform", events), events, "config_backend_unavailable")


@pytest.mark.parametrize(
    ("failure", "status"), [(404, 404), (410, 410), ((200, b"no json"), 400), ((200, b'{"error":1}'), 400)]
)
@pytest.mark.parametrize("what", ["transformation", "library"])
async def test_code_that_there_is_not_fails_its_events(plane, code, failure, status, what):
    version = f"gone-{what}-{status}-{len(str(failure))}"
    code.code(version, "def transformEvent(event, metadata):\n    return event\n", language="python")
    code.code("good", "def transformEvent(event, metadata):\n    return event\n", language="python")
    library = f"lib-{version}"
    code.library(library, "lib", "x = 1\n")
    code.failures[version if what == "transformation" else library] = failure
    replies = await ask(plane, items(version, libraries=[library]) + items("good", 1))
    assert [one["statusCode"] for one in replies] == [status, status, 200]
    if status == 404:
        entity, kind = (
            ("Transformation", "transformation")
            if what == "transformation"
            else ("Transformation Library", "transformationLibrary")
        )
        asked = version if what == "transformation" else library
        assert replies[0]["error"] == f"Error: {entity} not found at {code.url}/{kind}/getByVersionId?versionId={asked}"


@pytest.mark.parametrize(
    ("language", "source", "told"),
    [
        ("pythonfaas", "def transformEvent(event, metadata)\n    return event\n", "expected ':'"),
        ("pythonfaas", "def transformEvent(event, metadata):\n    event['a'] = 1\n\treturn event\n", "TabError"),
        ("pythonfaas", "x = 1\n", "There is no entry point"),
        ("pythonfaas", "import os\n\ndef transformEvent(event, metadata):\n    return event\n", "os"),
        (
            "pythonfaas",
            "raise ValueError('at the top')\n\ndef transformEvent(event, metadata):\n    return event\n",
            "at the top",
        ),
        ("pythonfaas", "def transformEvent(event, metadata):\n    return event\n" + "#" * 20_000, "code_bytes"),
        ("javascript", "export function transformEvent(event { return event; }", "SyntaxError"),
        ("javascript", "export const x = 1;", "There is no entry point"),
        ("javascript", "export const transformEvent = (e) => e;\nexport const transformBatch = (e) => e;", "both exported"),
        ("javascript", "import { x } from 'nowhere';\nexport const transformEvent = (e) => e;", "nowhere"),
        ("javascript", "throw new Error('at the top'); export const transformEvent = (e) => e;", "at the top"),
        ("cobol", "IDENTIFICATION DIVISION.", "cobol"),
    ],
)
async def test_code_that_cannot_run_fails_every_event_and_says_why(plane, code, language, source, told):
    version = code.code(f"broken {language} {len(source)} {told}", source, language=language)
    for _ in range(2):
        replies = await ask(plane, items(version, 3))
        assert [one["statusCode"] for one in replies] == [400] * 3
        assert all(told in one["error"] for one in replies)


async def test_code_that_loops_while_it_is_loaded_fails_its_events(plane, code):
    code.code("loads", "while True:\n    pass\n\ndef transformEvent(event, metadata):\n    return event\n", language="python")
    assert [one["statusCode"] for one in await ask(plane, items("loads"))] == [400, 400]


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("entry", ["transformEvent", "transformBatch"])
@pytest.mark.parametrize("caught", [True, False])
async def test_a_geolocation_that_is_away_holds_the_request_back(plane, code, geolocation, language, entry, caught):
    each = "event" if entry == "transformEvent" else "events"
    source = {
        "python": f"def {entry}({each}, metadata):\n    try:\n        geolocation('1.2.3.4')\n"
        f"    except {'Exception' if caught else 'KeyError'}:\n        pass\n    return {each}\n",
        "javascript": f"export async function {entry}({each}) {{\n"
        f"  try {{ await geolocation('1.2.3.4'); }} catch (wrong) {{ {'' if caught else 'throw wrong;'} }}\n  return {each};\n}}\n",
    }[language]
    version = code.code(f"geo {language} {entry} {caught}", source, language=language)
    geolocation.status = 503
    events = items(version)
    held_back(await plane.post("/customTransform", events), events, "call_unavailable")
    geolocation.status = 200
    assert [one["statusCode"] for one in await ask(plane, events)] == [200, 200]
    geolocation.status = 404
    assert [one["statusCode"] for one in await ask(plane, events)] == [200 if caught else 400] * 2


async def test_code_that_asks_for_a_retry_gets_it_for_the_whole_request(plane, code):
    code.code(
        "retries",
        "def transformEvent(event, metadata):\n    if event['n']:\n        raise Retry(5, 'later')\n    return event\n",
        language="python",
    )
    events = items("retries")
    answer = await plane.post("/customTransform", events)
    held_back(answer, events, "retry")
    assert answer.headers["retry-after"] == "5"


async def test_more_poison_than_a_batch_may_have_is_still_answered(plane, code):
    source = "def transformEvent(event, metadata):\n    while event['n'] % 2:\n        pass\n    return event\n"
    code.code("half poison", source, language="python")
    replies = await ask(plane, items("half poison", 12))
    assert [one["statusCode"] for one in replies] == [200, 400] * 6


async def test_a_script_of_version_0_takes_all_events(plane, code):
    source = """
kept = [];  // sloppy code
function transformEvent(event) { return { wrong: true }; }
async function transform(events) {
  kept = events.filter((event) => event.n !== 1);
  return kept.map((event) => ({ ...event, source: metadata(event).sourceId })).concat([{ fresh: true }]);
}
"""
    code.code("v0", source, codeVersion="0")
    replies = await ask(plane, items("v0", 3))
    assert [(one["statusCode"], one["metadata"]["messageId"]) for one in replies] == [
        (200, "m0"),
        (200, "m0"),
        (298, "m1"),
        (200, "m2"),
    ]
    assert [one["output"].get("source") for one in replies if "output" in one] == ["s", None, "s"]


async def test_a_batch_function_in_javascript_may_make_events_of_its_own(plane, code):
    source = "export const transformBatch = (events) => [{ sum: events.length }, null, { ...events[1], messageId: 'new' }, events[2]];"
    code.code("makes", source)
    replies = await ask(plane, items("makes", 3))
    assert [(one["statusCode"], one["metadata"]["messageId"]) for one in replies] == [
        (200, "m0"),
        (200, "m0"),
        (298, "m1"),
        (200, "m2"),
    ]


async def test_a_batch_function_in_python_may_not(plane, code):
    source = "def transformBatch(events, metadata):\n    return [{'messageId': 'new'}]\n"
    code.code("makes in python", source, language="python")
    assert [one["statusCode"] for one in await ask(plane, items("makes in python", 3))] == [400] * 3


async def test_libraries_of_all_kinds_are_imported(plane, code):
    code.library("one", "my Lib", "export const one = 1;", importName="")
    code.libraries["two"] = {
        "versionId": "two",
        "name": "x",
        "handleName": "second",
        "code": "import { one } from 'myLib'; export const two = one + 1;",
    }
    code.rudder_libraries["three", "v1"] = {"importName": "@rs/three/v1", "code": "export function three() { return 3; }"}
    source = "import { one } from 'myLib';\nimport * as second from 'second';\nimport { three } from '@rs/three/v1';\n"
    source += "export const transformEvent = (event) => ({ ...event, sum: one + second.two + three() });"
    code.code("imports", source)
    replies = await ask(plane, items("imports", 1, ["two", "one"]))
    assert [one["output"]["sum"] for one in replies] == [6]
    code.libraries["one v2"] = {**code.libraries["one"], "code": "export const one = 10;"}
    replies = await ask(plane, items("imports", 1, ["two", "one v2"]))
    assert [one["output"]["sum"] for one in replies] == [24]


async def test_code_reaches_what_the_operator_lets_it_without_a_manifest(plane, code, geolocation):
    source = f"import requests\n\ndef transformEvent(event, metadata):\n    return requests.get('{geolocation.url}/geoip/a').json()\n"
    code.code("fetches", source, language="python")
    geolocation.status = 200
    assert [one["output"]["ip"] for one in await ask(plane, items("fetches"))] == ["a", "a"]


async def test_mirrored_code_reaches_nothing(code, geolocation, tmp_path):
    settings = settings_of(tmp_path, config_backend_url=code.url, gateway_mirror_filter=True, fetch_private="127.0.0.0/8")
    python = "import requests\n\ndef transformEvent(event, metadata):\n    if event['n']:\n        try:\n            {}\n        except Exception:\n            pass\n    return event\n"
    code.code("mirrored", python.format(f"requests.get('{geolocation.url}')"), language="python")
    script = "export async function transformEvent(e) {{ if (e.n) {{ try {{ await fetchV2('{}'); }} catch {{}} }} return e; }}"
    code.code("mirrored script", script.format(geolocation.url))
    async with Server(settings, doors=open_gateway(settings)) as server:
        plane = Plane(server.doors[0].address)
        for version in ("mirrored", "mirrored script"):
            assert [one["statusCode"] for one in await ask(plane, items(version, 1))] == [200]
            answer = await plane.post("/customTransform", items(version, 2))
            assert (answer.status, answer.json) == (297, [])


async def test_code_of_our_own_registry_runs_by_its_name(tmp_path):
    settings = settings_of(tmp_path)
    async with Server(settings, doors=open_gateway(settings)) as server:
        from transformer.client import AsyncClient

        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "scrub")
            for number in (1, 2):
                source = f"def transformEvent(event, metadata):\n    return {{**event, 'by': {number}, 'k': metadata(event).get('sourceId')}}\n"
                version = await client.create_version("default", "scrub", source)
                await client.activate_version("default", "scrub", version.number)
        plane = Plane(server.doors[0].address)
        for name, by in (("scrub", 2), ("scrub@1", 1)):
            events = items(name)
            for event in events:
                del event["metadata"]["workspaceId"]
            assert [(one["output"]["by"], one["output"]["k"]) for one in await ask(plane, events)] == [(by, "s")] * 2
        assert [one["statusCode"] for one in await ask(plane, [{**items("nothing", 1)[0], "metadata": {}}])] == [404]


async def test_a_server_that_goes_down_tells_to_send_again(code, tmp_path):
    code.code("going", "def transformEvent(event, metadata):\n    return event\n", language="python")
    settings = settings_of(tmp_path, config_backend_url=code.url, workers=1, queue=0, concurrent_turns=1)
    async with Server(settings, doors=open_gateway(settings)) as server:
        plane = Plane(server.doors[0].address)
        events = items("going")
        await server._pool.close()
        held_back(await plane.post("/customTransform", events), events, "draining")


async def test_patience_ends_for_versions_that_never_come_to_an_end():
    step, other = Step("hash", "python", "name", ""), Step("other", "python", "name", "")
    patience = Patience(seconds=0.0)
    assert patience.is_over("w", [step], Code.QUARANTINED)
    assert not patience.is_over("w", [step], Code.NO_CAPACITY)
    assert not patience.is_over("w", [step], Code.CALL_UNAVAILABLE)
    patience = Patience(seconds=1e9)
    assert not patience.is_over("w", [step], Code.QUARANTINED)
    patience._since["w", step.key] -= 2e9
    assert patience.is_over("w", [step], Code.KILLS_EXHAUSTED)
    assert not patience.is_over("other", [step], Code.QUARANTINED)
    assert not patience.is_over("w", [other], Code.QUARANTINED)
    patience.restore("w", [step])
    assert not patience.is_over("w", [step], Code.QUARANTINED)
