"""Geolocation by a service: what is the code's fault, and what the platform's."""

import asyncio

import pytest
from aiohttp import web

from transformer.broker.geolocation import open_geolocation
from transformer.capabilities import Capabilities
from transformer.settings import Settings
from transformer.wire.calls import CallError

GRANTS = Capabilities(geolocation=True)
FOUND = {"ip": "198.51.100.7", "city": "", "anything": {"nested": [1]}}


class Service:
    def __init__(self):
        self.asked = []
        self.say = lambda request: web.json_response(FOUND)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)

    async def answer(self, request):
        self.asked.append((request.method, request.raw_path))
        said = self.say(request)
        return await said if asyncio.iscoroutine(said) else said


@pytest.fixture
async def service():
    service = Service()
    await service.runner.setup()
    await web.TCPSite(service.runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{service.runner.addresses[0][1]}/base/"
    yield service
    await service.runner.cleanup()


@pytest.fixture
async def open_find():
    opened = []

    def make(url, seconds=30.0):
        geolocation = open_geolocation(Settings(geolocation=url, geolocation_seconds=seconds))
        opened.append(geolocation)

        async def find(ip):
            return await geolocation.answer("shop", GRANTS, {"ip": ip})

        return find

    yield make
    for one in opened:
        await one.close()


@pytest.fixture
def find(open_find, service):
    return open_find(service.url)


async def failure(find, ip="198.51.100.7"):
    with pytest.raises(CallError) as caught:
        await find(ip)
    return caught.value.kind, caught.value.message


async def test_the_object_of_the_service_is_the_value_and_one_call_is_one_request(find, service):
    assert [await find("198.51.100.7"), await find("2001:db8::1")] == [FOUND, FOUND]
    assert service.asked == [("GET", "/base/geoip/198.51.100.7"), ("GET", "/base/geoip/2001%3Adb8%3A%3A1")]


async def test_the_address_gets_no_further_than_its_place_in_the_path(find, service):
    for ip in ("x/../admin", "a/b", "a?b=c", "a#b", "%2e%2e", "a b", ""):
        await find(ip)
    assert [path for _, path in service.asked] == [
        f"/base/geoip/{one}" for one in ("x%2F..%2Fadmin", "a%2Fb", "a%3Fb%3Dc", "a%23b", "%252e%252e", "a%20b", "")
    ]
    for ip in ("..", ".", "../admin", "a\r\nb", "x" * 1000, None, 5, True, ["1.1.1.1"]):
        assert (await failure(find, ip))[0] == "invalid"
    assert len(service.asked) == 7


@pytest.mark.parametrize("status", [400, 404, 429])
async def test_a_service_that_says_no_is_an_ordinary_error(find, service, status):
    service.say = lambda _: web.Response(status=status)
    assert await failure(find) == ("status", f"geolocation: the service answered with status code: {status}")


def hang_up(request):
    request.transport.abort()
    return web.Response()


@pytest.mark.parametrize(
    "say",
    [
        lambda _: web.Response(status=500),
        lambda _: web.Response(status=503),
        lambda _: web.Response(status=302, headers={"Location": "/elsewhere"}),
        lambda _: web.Response(text="no json"),
        lambda _: web.Response(text="[1]"),
        lambda _: web.Response(text='{"a": "' + "x" * 300_000 + '"}'),
        hang_up,
    ],
    ids=["500", "503", "redirect", "no json", "no object", "too large", "hang up"],
)
async def test_a_service_in_trouble_is_the_platforms(find, service, say):
    service.say = say
    assert (await failure(find))[0] == "unavailable"
    assert len(service.asked) == 1
    service.say = lambda _: web.json_response(FOUND)
    assert await find("198.51.100.7") == FOUND


async def test_a_service_that_is_too_slow_or_away_is_the_platforms(open_find, service):
    service.say = lambda _: asyncio.sleep(3600)
    assert (await failure(open_find(service.url, 0.1)))[0] == "unavailable"
    await service.runner.cleanup()
    assert (await failure(open_find(service.url)))[0] == "unavailable"
