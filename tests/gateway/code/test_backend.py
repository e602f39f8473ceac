"""Code from a config backend: what its answers mean, and that no failure is remembered."""

import asyncio
import base64

import pytest

from tests.gateway.config_backend import ConfigBackend as Mock
from transformer.gateway.code.backend import ConfigBackend
from transformer.gateway.code.kept import KeptDocuments
from transformer.gateway.code.sources import BackendError, import_name

CODE = "export function transformEvent(event) { return event; }"


@pytest.fixture
def mock():
    with Mock() as backend:
        yield backend


@pytest.fixture
async def opened(mock):
    """Opens a client of the mock; closes all of them."""
    clients = []

    def open_one(secret="", **more):
        clients.append(ConfigBackend(mock.url, secret, **more))
        return clients[-1]

    yield open_one
    for client in clients:
        await client.close()


async def test_a_document_is_read_and_asked_for_once(mock, opened):
    mock.code("v 1/ä", CODE, workspaceId="Ws1", codeVersion=0)
    client = opened()
    first = await client.transformation("ws1", "v 1/ä")
    assert (first.code, first.code_version, first.workspace, first.id) == (CODE, "0", "Ws1", "id-v 1/ä")
    assert await client.transformation("other", "v 1/ä") is first
    assert mock.asked == ["/transformation/getByVersionId?versionId=v%201%2F%C3%A4"]
    assert client.numbers()["transformer_config_backend_hits_total"] == 1


async def test_only_the_code_is_needed(mock, opened):
    mock.transformations["v"] = {"code": CODE}
    found = await opened().transformation("w", "v")
    assert (found.code, found.language, found.code_version, found.name) == (CODE, "", "", "")


async def test_libraries_have_the_name_that_they_are_imported_by(mock, opened):
    mock.libraries["l"] = {"code": "x = 1", "name": "my maths helper", "handleName": "maths"}
    mock.libraries["m"] = {"code": "x = 1", "name": "my maths helper", "importName": "mh"}
    mock.rudder_libraries["urlParser", "v1"] = {"code": "x", "importName": "@rs/urlParser/v1"}
    client = opened()
    assert (await client.library("w", "l")).import_name == "myMathsHelper"
    assert (await client.library("w", "m")).import_name == "mh"
    assert (await client.rudder_library("urlParser", "v1")).import_name == "@rs/urlParser/v1"
    assert mock.asked[-1] == "/rudderstackTransformationLibraries/urlParser?version=v1"


@pytest.mark.parametrize(
    ("name", "version"), [("url/parser", "v1"), ("urlParser", "1"), ("../x", "v1"), ("urlParser", "v1&a=b")]
)
async def test_what_is_no_name_of_a_rudder_library_is_not_asked_for(mock, opened, name, version):
    with pytest.raises(BackendError):
        await opened().rudder_library(name, version)
    assert mock.asked == []


async def test_a_tracking_plan_is_handed_out_as_it_came(mock, opened):
    mock.plans["Ws/1", "tp", "3"] = b'{"rules": {"events": []},  "name": "x"}'
    client = opened()
    for _ in range(2):
        assert await client.tracking_plan("Ws/1", "tp", "3") == b'{"rules": {"events": []},  "name": "x"}'
    assert mock.asked == ["/workspaces/Ws%2F1/tracking-plans/tp?version=3"]


FAILURES = [
    (404, "missing", 404),
    (400, "missing", 400),
    (418, "missing", 418),
    (401, "auth", 503),
    (403, "forbidden", 503),
    (408, "unavailable", 503),
    (429, "unavailable", 503),
    (500, "unavailable", 503),
    (501, "unavailable", 503),
    (503, "unavailable", 503),
    ("reset", "unavailable", 503),
    ("cut", "unavailable", 503),
    ("huge", "unusable", 400),
    ((200, b""), "unusable", 400),
    ((204, b""), "unusable", 400),
    ((200, b"hello world"), "unusable", 400),
    ((200, b'["code"]'), "unusable", 400),
    ((200, b'{"code": 1}'), "unusable", 400),
    ((200, b'{"statusCode": 500, "error": "x"}'), "unusable", 400),
    ((200, b'{"code": "x", "name": "\xff"}'), "unusable", 400),
]


@pytest.mark.parametrize(("failure", "kind", "status"), FAILURES, ids=lambda each: str(each)[:40])
async def test_every_failure_says_whose_it_is_and_is_forgotten_at_once(mock, opened, failure, kind, status):
    mock.code("v", CODE)
    mock.failures["v"] = failure
    client = opened(document_bytes=2**20)
    for _ in range(2):
        with pytest.raises(BackendError) as raised:
            await client.transformation("w", "v")
        assert (raised.value.kind, raised.value.status) == (kind, status)
        assert raised.value.retryable is (status == 503)
    assert len(mock.asked) >= 2, "what failed is asked for again"
    mock.failures.clear()
    assert (await client.transformation("w", "v")).code == CODE


async def test_what_is_not_there_is_told_with_where_it_was_looked_for(mock, opened):
    client = ConfigBackend(mock.url.replace("http://", "http://user:hunter2@"))
    for find, entity in ((client.transformation, "Transformation"), (client.library, "Transformation Library")):
        with pytest.raises(BackendError) as raised:
            await find("w", "no")
        path = entity.replace("T", "t", 1).replace(" ", "")
        assert raised.value.told == f"Error: {entity} not found at {mock.url}/{path}/getByVersionId?versionId=no"
    await client.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(mock, opened, status):
    with Mock() as other:
        other.code("v", CODE)
        mock.redirect = status
        mock.failures[""] = f"{other.url}/transformation/getByVersionId?versionId=v"
        with pytest.raises(BackendError, match="redirect") as raised:
            await opened(secret="s").transformation("w", "v")
        assert raised.value.kind == "redirect"
        assert raised.value.reason == "config_backend_redirect"
        assert other.asked == []


async def test_a_backend_that_is_away_or_slow_is_unavailable_and_told_once(mock, opened):
    told = []
    mock.code("v", CODE)
    client = opened(seconds=0.2, tell=told.append)
    mock.failures[""] = "hang"
    with pytest.raises(BackendError) as raised:
        await client.transformation("w", "v")
    assert raised.value.kind == "unavailable"
    mock.down()
    for _ in range(2):
        with pytest.raises(BackendError):
            await client.transformation("w", "v")
    assert client.numbers()["transformer_config_backend_up"] == 0
    mock.failures.clear()
    mock.up()
    client._seconds = 20
    await client._session.close()
    client._session = None
    assert (await client.transformation("w", "v")).code == CODE
    assert told == ["it is too slow to answer", "it cannot be reached", ""]


@pytest.mark.parametrize(("secret", "sent"), [("", None), (" s3cret\n", "s3cret:"), ("  \n", None), ("ä", "ä:")])
async def test_the_secret_is_the_user_of_basic_authentication(mock, opened, secret, sent):
    mock.code("v", CODE)
    await opened(secret=secret).transformation("w", "v")
    found = mock.headers[0].get("Authorization")
    assert (found and base64.b64decode(found.removeprefix("Basic ")).decode()) == sent


async def test_a_wrong_secret_is_no_fault_of_the_events(mock, opened):
    mock.code("v", CODE)
    mock.secret = "right"
    with pytest.raises(BackendError, match="401") as raised:
        await opened(secret="wrong").transformation("w", "v")
    assert raised.value.retryable
    assert (await opened(secret="right").transformation("w", "v")).code == CODE


async def test_the_same_question_is_under_way_once(mock, opened):
    mock.code("v", CODE)
    client = opened()
    asking = [asyncio.create_task(client.transformation("w", "v")) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    found = await asyncio.gather(*asking[1:])
    assert all(one is found[0] for one in found)
    assert len(mock.asked) == 1
    with pytest.raises(asyncio.CancelledError):
        await asking[0]


async def test_what_was_not_asked_for_longest_makes_room(mock, opened):
    for name in "abc":
        mock.code(name, "x" * 1000)
    client = opened(cache_bytes=2 * (1024 + 4000))
    for name in "abca":
        await client.transformation("w", name)
    assert [path[-1] for path in mock.asked] == ["a", "b", "c", "a"]
    assert client.numbers()["transformer_config_backend_memory_bytes"] <= 2 * (1024 + 4000)
    mock.code("large", "x" * 10_000)
    assert (await client.transformation("w", "large")).code, "too large to be kept, not to be served"


async def test_a_restart_while_the_backend_is_away_serves_what_was_known(mock, opened, tmp_path):
    mock.code("v", CODE)
    mock.plans["w", "tp", "1"] = b'{"rules": {}}'
    first = opened(kept=KeptDocuments(tmp_path / "kept", 2**20))
    await first.start()
    await first.transformation("w", "v")
    await first.tracking_plan("w", "tp", "1")
    await first.close()
    mock.down()
    second = opened(kept=KeptDocuments(tmp_path / "kept", 2**20))
    await second.start()
    assert (await second.transformation("w", "v")).code == CODE
    assert await second.tracking_plan("w", "tp", "1") == b'{"rules": {}}'
    with pytest.raises(BackendError):
        await second.transformation("w", "unknown")


async def test_a_torn_file_is_not_served(mock, opened, tmp_path):
    mock.code("v", CODE)
    for _ in range(2):
        client = opened(kept=KeptDocuments(tmp_path / "kept", 2**20))
        await client.start()
        assert (await client.transformation("w", "v")).code == CODE
        await client.close()
        for file in (tmp_path / "kept").iterdir():
            file.write_bytes(file.read_bytes()[:-3])
    assert len(mock.asked) == 2


async def test_a_disk_in_trouble_costs_the_cache_only(mock, opened, tmp_path):
    mock.code("v", CODE)
    (tmp_path / "kept").write_text("a file where a folder should be")
    kept = KeptDocuments(tmp_path / "kept", 2**20)
    client = opened(kept=kept)
    await client.start()
    assert (await client.transformation("w", "v")).code == CODE
    assert kept.trouble


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("my lib", "myLib"),
        ("URLParser", "urlParser"),
        ("lib2", "lib2"),
        ("a-b_c", "aBC"),
        ("it's naïve", "itsNaive"),
        ("Größe", "grosse"),
        ("Łódź Ærø", "lodzAero"),
        ("日本", "日本"),
        ("", ""),
    ],
)
def test_names_of_libraries_become_names_of_code(name, wanted):
    assert import_name(name) == wanted


async def test_the_newest_tracking_plan_is_asked_for_again_after_a_while(mock, opened, monkeypatch):
    mock.plans["w", "tp", None] = b'{"version": 1}'
    client = opened()
    first = await client.tracking_plan("w", "tp", "")
    assert await client.tracking_plan("w", "tp", "") is first
    monkeypatch.setattr("transformer.gateway.code.backend._NEWEST_SECONDS", 0)
    assert await client.tracking_plan("w", "tp", "") is first, "what says the same is the same"
    mock.plans["w", "tp", None] = b'{"version": 2}'
    assert await client.tracking_plan("w", "tp", "") == b'{"version": 2}'
    assert mock.asked == ["/workspaces/w/tracking-plans/tp"] * 3
