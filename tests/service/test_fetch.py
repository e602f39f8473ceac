"""Fetch and geolocation on a real server: what code in a worker reaches, what it does not, and who is told."""

import asyncio
import json

import pytest
import pytest_asyncio
from aiohttp import web
from prometheus_client import generate_latest

from tests.broker.fetch.dns import NameServer
from tests.broker.fetch.upstream import Upstream
from transformer.capabilities import Capabilities
from transformer.client import AsyncClient
from transformer.errors import Code
from transformer.observe.exposition import open_registry

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

PYTHON = """
import requests
def transformEvent(event, metadata):
    try:
        event["status"] = requests.get(event["url"], headers={"X-Key": "s3cret"}).status_code
    except Exception as error:
        event["error"] = str(error)
    return event
"""
JAVASCRIPT = """
export async function transformEvent(event) {
  try {
    event.status = (await fetch(event.url, {headers: {"X-Key": "s3cret"}})).status;
  } catch (error) {
    event.error = String(error);
  }
  return event;
}
"""
WHERE = """
def transformEvent(event, metadata):
    try:
        event["where"] = geolocation(event["ip"])
    except Exception as error:
        event["error"] = str(error)
    return event
"""
LANGUAGES = pytest.mark.parametrize(
    ("language", "source"),
    [("python", PYTHON), pytest.param("javascript", JAVASCRIPT, marks=pytest.mark.need("javascript"))],
)


class Service(Upstream):
    """Knows where addresses are, with a status that tests choose."""

    status = 200

    async def say_ok(self, request, _):
        if request.path.startswith("/geoip/"):
            return web.json_response({"ip": request.path.rpartition("/")[2], "city": "Springfield"}, status=self.status)
        return await super().say_ok(request, _)


class Running:
    """A server, its client, what it logged; an upstream that may be reached, and one that may not."""

    async def publish(self, name, source, language, **capabilities):
        await self.client.create_transformation("default", name)
        declared = Capabilities(**capabilities)
        version = await self.client.create_version("default", name, source, engine=language, capabilities=declared)
        await self.client.activate_version("default", name, version.number)

    async def outputs(self, name, *events):
        result = await self.client.transform(workspace="default", transformations=[name], events=events)
        return [json.loads(output.payload) for output in result.outputs]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(open_server):
    held = Running()
    held.lines = []
    transport, held.names = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    async with Service() as held.upstream, Upstream(host="127.0.0.2") as held.inside:
        held.names.names |= {"inside.test": ["127.0.0.2"], "metadata.test": ["169.254.169.254"]}
        settings = {
            "fetch_private": "127.0.0.1/32",
            "fetch_dns_servers": held.names.address,
            "geolocation": held.upstream.url,
            "geolocation_seconds": 30.0,
            "call_seconds": 30.0,
            "turn_seconds": 60.0,
            "event_seconds": 10.0,
        }
        async with (
            open_server(held.lines, **settings) as held.server,
            AsyncClient(held.server.address, actor="tester", attempts=1) as held.client,
        ):
            yield held
    transport.close()


@LANGUAGES
async def test_code_in_a_worker_reaches_public_hosts_that_it_declares_and_no_others(running, language, source):
    up, inside = running.upstream.port, running.inside.port
    hosts = ("inside.test", "metadata.test", "169.254.169.254", f"*:{inside}", f"127.0.0.1:{up}")
    await running.publish(f"reaches-{language}", source, language, hosts=hosts)
    private = [
        f"http://127.0.0.2:{inside}/?s3cret",
        f"http://[::ffff:127.0.0.2]:{inside}/?s3cret",
        f"http://inside.test:{inside}/?s3cret",
        "http://169.254.169.254/latest/meta-data/?s3cret",
        "http://metadata.test/?s3cret",
    ]
    redirected = [f"{running.upstream.url}/redirect?to={url}" for url in private]
    undeclared = [
        "http://evil.test/?s3cret",
        "http://127.0.0.1/?s3cret",
        f"{running.upstream.url}/redirect?to=http://evil.test/",
    ]
    urls = [f"{running.upstream.url}/", *private, *redirected, *undeclared]
    found = await running.outputs(f"reaches-{language}", *({"messageId": str(at), "url": url} for at, url in enumerate(urls)))
    assert found[0]["status"] == 200
    for event in found[1 : -len(undeclared)]:
        assert "no public address" in event["error"], event
    for event in found[-len(undeclared) :]:
        assert "is not among the hosts that the manifest declares" in event["error"], event
    assert running.inside.seen == []


@LANGUAGES
async def test_calls_of_a_batch_are_under_way_together(running, until, language, source):
    running.upstream.held.clear()
    await running.publish(f"overlaps-{language}", source, language, hosts=(f"127.0.0.1:{running.upstream.port}",))
    events = [{"messageId": str(number), "url": f"{running.upstream.url}/held"} for number in range(20)]
    batch = asyncio.create_task(running.outputs(f"overlaps-{language}", *events))
    await until(lambda: running.upstream.waiting == 20)  # none of them is answered before the last has asked
    running.upstream.held.set()
    assert [event["status"] for event in await batch] == [200] * 20


async def test_nothing_of_a_call_is_in_a_log_line_or_a_metric(running):
    await running.publish("quiet", PYTHON, "python", hosts=(f"127.0.0.1:{running.upstream.port}", "nowhere.test"))
    urls = (f"{running.upstream.url}/s3cret?k=s3cret", "http://u:s3cret@nowhere.test/s3cret", "http://s3cret.test/")
    found = await running.outputs("quiet", *({"messageId": str(at), "url": url} for at, url in enumerate(urls)))
    assert [event.get("status") for event in found] == [200, None, None]
    assert "s3cret" not in found[1]["error"]
    registry = open_registry(running.server.observation.metrics, asyncio.get_running_loop(), "strict")
    exposed = (await asyncio.to_thread(generate_latest, registry)).decode()
    assert "transformer_host_calls_total" in exposed
    for text in (str(running.lines), exposed):
        assert "s3cret" not in text


async def test_geolocation_that_says_no_is_the_codes_business_and_trouble_is_not(running):
    await running.publish("where", WHERE, "python", geolocation=True)
    events = [{"messageId": str(number), "ip": f"198.51.100.{number}"} for number in range(3)]
    assert [event["where"] for event in await running.outputs("where", *events)] == [
        {"ip": f"198.51.100.{number}", "city": "Springfield"} for number in range(3)
    ]
    running.upstream.status = 429
    assert ["status code: 429" in event["error"] for event in await running.outputs("where", *events)] == [True] * 3
    running.upstream.status = 500
    result = await running.client.transform(workspace="default", transformations=["where"], events=events)
    assert result.outputs == ()
    assert [outcome.failure.code for outcome in result.outcomes] == [Code.CALL_UNAVAILABLE] * 3
    assert all(outcome.failure.retryable for outcome in result.outcomes)
    running.upstream.status = 200
    assert len(await running.outputs("where", *events)) == 3
