"""What comes with the events of a batch: credentials; outputs that belong to no event; what workers count."""

import json

import pytest

from tests.pool.host_calls import codes, outputs
from transformer.capabilities import NOTHING, Capabilities
from transformer.engines.base import Surroundings
from transformer.engines.catalog import ENGINES
from transformer.errors import Code
from transformer.pool import Batch, Plan, Pool, Step
from transformer.settings import Settings

LANGUAGES = ["python", pytest.param("javascript", marks=pytest.mark.need("javascript"))]
ASKS = {
    "python": "def transformEvent(event, metadata):\n    event['got'] = [getCredential(k) for k in event['keys']]\n    return event\n",
    "javascript": "export function transformEvent(event) {\n"
    "  event.got = event.keys.map((key) => getCredential(key) ?? null);\n  return event;\n}\n",
}
ASKS_EARLY = {
    "python": "FOUND = getCredential('a')\n\ndef transformEvent(event, metadata):\n    return {'got': FOUND}\n",
    "javascript": "const found = getCredential('a');\nexport function transformEvent() { return { got: found ?? null }; }\n",
}


@pytest.fixture(scope="module")
def engines():
    return {name: ENGINES[name] for name in ("python", "javascript") if not ENGINES[name].missing}


@pytest.fixture
async def pool(engines):
    async with Pool(Settings(spare_workers=0), engines=engines) as made:
        yield made


async def run(pool, engine, source, events, *, legacy=False, capabilities=NOTHING, credentials=None):
    plan = Plan("w", (Step(source, engine, "code", source, capabilities=capabilities, legacy=legacy),), pool.settings.limits)
    payloads = [json.dumps(event).encode() for event in events]
    return await pool.run(plan, Batch(payloads, credentials=credentials))


@pytest.mark.parametrize("engine", LANGUAGES)
async def test_credentials_are_those_of_their_batch(pool, engine):
    event = {"keys": ["a", "b", "", "none"]}
    for given in ({"a": "1", "b": ""}, {"a": "2", "": "empty key"}, {}):
        (answer,) = outputs(await run(pool, engine, ASKS[engine], [event], credentials=given))
        assert answer["got"] == [given.get(key) for key in event["keys"]]


@pytest.mark.parametrize("engine", LANGUAGES)
async def test_code_that_keeps_a_credential_gets_that_of_each_batch(pool, engine):
    for value in ("1", "1", "2", None):
        given = {} if value is None else {"a": value}
        (answer,) = outputs(await run(pool, engine, ASKS_EARLY[engine], [{}], credentials=given))
        assert answer == {"got": value}


@pytest.mark.parametrize("engine", LANGUAGES)
async def test_secrets_of_the_workspace_are_asked_for_what_did_not_come(pool, engine):
    async def answer(workspace, capabilities, arguments):
        return f"{workspace}'s {arguments['key']}"

    pool.broker.register("secret", answer)
    declared = Capabilities(secrets=("a", "b"))
    ledger = await run(pool, engine, ASKS[engine], [{"keys": ["a", "b"]}], capabilities=declared, credentials={"a": "mine"})
    assert outputs(ledger)[0]["got"] == ["mine", "w's b"]


@pytest.mark.need("javascript")
async def test_what_belongs_to_no_event_is_the_first_ones_where_that_is_asked_for(pool):
    code = (
        "export function transformBatch(events) {\n"
        "  return [{ ...events[1] }, { fresh: 1 }, null, undefined, { messageId: 'unheard of' }];\n}\n"
    )
    events = [{"messageId": "a"}, {"messageId": "b"}, {"messageId": "c"}]
    ledger = await run(pool, "javascript", code, events, legacy=True)
    payloads, inputs = ledger.outputs()
    assert [(json.loads(payload), *of) for payload, of in zip(payloads, inputs, strict=True)] == [
        ({"fresh": 1}, 0),
        ({"messageId": "unheard of"}, 0),
        ({"messageId": "b"}, 1),
    ]
    assert codes(await run(pool, "javascript", code, events)) == [Code.OUTPUT_UNKNOWN] * 3


@pytest.mark.need("javascript")
async def test_a_script_of_an_older_service_has_one_entry_point(pool):
    code = "function transformEvent(e) { e.seen = true; return e; }\nfunction transform(all) { return all.slice(1).map(transformEvent); }\n"
    ledger = await run(pool, "javascript", code, [{"n": 0}, {"n": 1}], legacy=True)
    assert outputs(ledger) == [{"n": 1, "seen": True}]
    ledger = await run(pool, "javascript", code, [{"n": 0}, {"n": 1}], capabilities=Capabilities(legacy_fetch=True))
    assert outputs(ledger) == [{"n": 0, "seen": True}, {"n": 1, "seen": True}]  # whose fetch alone is an older service's


@pytest.mark.need("javascript")
async def test_a_module_of_an_older_service_exports_one_entry_point(pool):
    code = "export function transformEvent(e) { return e; }\nexport function transformBatch(all) { return all; }\n"
    (problem,) = (await pool.check("w", "javascript", code, "code", Surroundings(legacy=True))).problems
    assert "both exported" in problem.message
    assert codes(await run(pool, "javascript", code, [{}], legacy=True)) == [Code.CODE_BROKEN]
    assert not (await pool.check("w", "javascript", code, "code")).problems
    assert codes(await run(pool, "javascript", code, [{}], capabilities=Capabilities(legacy_fetch=True))) == [None]


@pytest.mark.parametrize("engine", LANGUAGES)
async def test_lines_are_counted_that_nobody_keeps(pool, engine):
    code = {
        "python": "def transformEvent(event, metadata):\n    for n in range(event['n']):\n        log(n)\n    return event\n",
        "javascript": "export function transformEvent(e) { for (let n = 0; n < e.n; n++) log(n); return e; }\n",
    }[engine]
    ledger = await run(pool, engine, code, [{"n": 3}, {"n": 0}, {"n": 200}])
    assert ledger.counts == {"logs": 203}
    assert (await run(pool, engine, code, [{"n": 0}])).counts == {}


async def test_what_one_turn_waited_for_is_not_counted_in_the_next(pool):
    async def answer(*_call):
        return {"values": [None]}

    pool.broker.register("kv", answer)
    asks = "def transformEvent(event, metadata):\n    kv.get('k')\n    return event\n"
    assert "waited_us" in (await run(pool, "python", asks, [{}], capabilities=Capabilities(kv=""))).counts
    assert (await run(pool, "python", "def transformEvent(event, metadata):\n    return event\n", [{}])).counts == {}


async def test_sessions_are_counted_and_what_of_them_is_ignored(pool):
    code = """
import requests
from requests.adapters import HTTPAdapter

class Own(HTTPAdapter):
    def send(self, request, **options):
        return None

session = requests.Session()
session.mount("http://a.example", HTTPAdapter(pool_maxsize=50))
session.mount("http://b.example", Own())
session.mount("http://c.example", HTTPAdapter())

def transformEvent(event, metadata):
    session.verify = False
    for ask in (requests.get, session.get):
        try:
            ask("http://a.example/")
        except requests.RequestException:
            pass
    return event
"""
    ledger = await run(pool, "python", code, [{}], capabilities=Capabilities(hosts=("b.example",)))
    counts = {name: count for name, count in ledger.counts.items() if not name.endswith("_us")}
    assert counts.pop("lanes", 1) == 1
    assert counts == {
        "fetches": 2,
        "sessions": 1,
        "mounts": 3,
        "ignored_pool_maxsize": 1,
        "ignored_send": 1,
        "ignored_session_verify": 1,
    }


@pytest.mark.need("javascript")
async def test_values_of_code_for_an_older_service_are_those_that_it_sent(pool):
    code = (
        "export function transformEvent() {\n"
        "  return { nan: [NaN, 1 / 0], half: '\\ud83d!', whole: '\\ud83d\\ude00', text: '\\\\ud83d', at: new Date(0), no: undefined };\n}\n"
    )
    batch = code.replace("transformEvent", "transformBatch").replace("return {", "return [{").replace("};\n}", "}];\n}")
    expected = {
        "nan": [None, None],
        "half": "\ufffd!",
        "whole": "\U0001f600",
        "text": "\\ud83d",
        "at": "1970-01-01T00:00:00.000Z",
    }
    for source, elsewhere in ((code, Code.OUTPUT_NOT_JSON), (batch, Code.OUTPUT_UNKNOWN)):
        old = await run(pool, "javascript", source, [{}], legacy=True)
        assert outputs(old) == [expected]
        assert codes(await run(pool, "javascript", source, [{}])) == [elsewhere]
