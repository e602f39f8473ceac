"""What every route has in common: headers, bounds, errors, and how the server goes down."""

import asyncio
import gzip
import json
import socket

import pytest

from tests.gateway.plane import Plane, settings_of
from tests.logged import keeping_log
from transformer.gateway import connections, open_gateway
from transformer.gateway.connections import HEAD_BYTES
from transformer.service import Server
from transformer.settings import SettingsError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


async def test_features_let_a_data_plane_start(plane):
    answer = await plane.ask("GET", "/features")
    assert answer.status == 200
    assert answer.headers["apiversion"] == "2"
    assert answer.json["supportSourceTransformV1"] is answer.json["upgradedToSourceTransformV2"] is True
    assert isinstance(answer.json["routerTransform"], dict)


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
async def test_probes_are_told_that_it_is_up(plane, path):
    answer = await plane.ask("GET", path)
    assert (answer.status, answer.json["service"]) == (200, "UP")


async def test_the_version_is_text(plane):
    answer = await plane.ask("GET", "/version")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body


async def test_a_head_has_no_body(plane):
    answer = await plane.ask("HEAD", "/health")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/nothing", "/features/", "/%00", "/" + "x" * 5000])
async def test_an_unknown_route_is_not_found(plane, path):
    answer = await plane.ask("GET", path)
    assert answer.status == 404
    assert "no such route" in answer.json["error"]


async def test_another_method_is_told_which_there_are(plane):
    answer = await plane.ask("DELETE", "/features")
    assert (answer.status, answer.headers["allow"]) == (405, "GET")


async def test_what_is_no_http_ends_its_connection_alone(plane):
    host, port = plane.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
    assert b" 400 " in await reader.read()
    writer.close()
    assert (await plane.ask("GET", "/health")).status == 200


@pytest.mark.parametrize("start", [b"GET /health?", b"GET /health HTTP/1.1\r\nX: "])
async def test_what_begins_without_end_is_refused(plane, start):
    host, port = plane.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(start + b"x" * HEAD_BYTES)  # no more than it takes: what is not read would cost the answer
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"larger than 65536 bytes" in answer
    writer.close()
    assert (await plane.ask("GET", "/health?" + "x" * 50_000)).status == 200


async def test_who_begins_nothing_is_not_waited_for(plane, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    host, port = plane.url.removeprefix("http://").split(":")
    for start in (b"", b"GET /health HTTP/1.1\r\nX: "):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(start)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()
    # A second request on a connection is waited for no longer than the first.
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /version HTTP/1.1\r\nHost: x\r\n\r\nGET /vers")
    answer = await asyncio.wait_for(reader.read(), 20)
    assert answer.count(b"HTTP/1.1 200 ") == 1
    writer.close()


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    settings = settings_of(tmp_path, gateway_body_bytes=2000)
    async with Server(settings, doors=open_gateway(settings)) as server:
        plane = Plane(server.doors[0].address)
        for body, headers in (
            (b"[" + b" " * 4000 + b"]", {}),
            (gzip.compress(b"[" + b" " * 4000 + b"]"), {"Content-Encoding": "gzip"}),
        ):
            answer = await plane.ask("GET", "/health", body, **headers)
            assert answer.status == 413
            assert "gateway_body_bytes" in answer.json["error"]
        answer = await plane.ask("GET", "/health", b"not gzip", **{"Content-Encoding": "gzip"})
        assert answer.status == 400
        answer = await plane.ask("GET", "/health", b"x", **{"Content-Encoding": "br"})
        assert "gzip" in answer.json["error"]
        assert (await plane.ask("GET", "/health", gzip.compress(b"[]"), **{"Content-Encoding": "gzip"})).status == 200


async def test_who_is_kept_out_is_told_why_and_so_is_the_log(tmp_path):
    settings, lines = settings_of(tmp_path, authentication="keys"), []
    async with Server(settings, doors=open_gateway(settings), log=keeping_log(lines)) as server:
        plane = Plane(server.doors[0].address)
        answer = await plane.post("/customTransform", b"[{}]", Authorization="Bearer tk_of_nobody")
    assert (answer.status, answer.headers["x-rudder-should-retry"]) == (503, "true")
    assert answer.json == [{"statusCode": 503, "error": "the API key that was sent is unknown, expired or revoked"}]
    assert [line["status"] for line in lines if line.get("method") == "POST /customTransform"] == ["UNAUTHENTICATED"]
    assert "tk_of_nobody" not in str(lines)


async def test_large_answers_are_packed_for_who_takes_them(tmp_path):
    settings = settings_of(tmp_path, gateway_gzip_bytes=10)
    async with Server(settings, doors=open_gateway(settings)) as server:
        answer = await Plane(server.doors[0].address).ask("GET", "/features", **{"Accept-Encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert json.loads(answer.body)["supportSourceTransformV1"]


async def test_probes_hear_of_the_end_before_it_comes(tmp_path, until):
    settings = settings_of(tmp_path)
    server = Server(settings, doors=open_gateway(settings))
    await server.start()
    plane = Plane(server.doors[0].address)
    stopping = asyncio.create_task(server.stop(grace_seconds=5, delay_seconds=0.5))
    status = 200
    while status == 200:
        status = (await plane.ask("GET", "/health/ready")).status
    assert status == 503
    assert (await plane.ask("GET", "/health/live")).status == 200
    await stopping
    with pytest.raises(OSError):
        socket.create_connection(tuple(plane.url.removeprefix("http://").split(":")), 1)


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0"])
async def test_strangers_are_kept_out_unless_it_is_said(tmp_path, listen):
    with pytest.raises(SettingsError, match="gateway_listen"):
        open_gateway(settings_of(tmp_path, gateway_listen=listen))


async def test_an_address_that_is_taken_is_told(tmp_path, plane):
    settings = settings_of(tmp_path, gateway_listen=plane.url.removeprefix("http://"))
    server = Server(settings, doors=open_gateway(settings))
    with pytest.raises(SettingsError, match="cannot be bound"):
        async with server:
            pass


async def test_who_is_refused_while_it_still_sends_gets_its_answer(tmp_path):
    settings = settings_of(tmp_path, gateway_body_bytes=10_000)
    async with Server(settings, doors=open_gateway(settings)) as server:
        reader, writer = await asyncio.open_connection(*server.doors[0].address.split(":"))
        writer.write(b"POST /customTransform HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n")
        for _ in range(4):
            writer.write(b" " * 5000)
            await writer.drain()
        assert b" 413 " in await reader.readline()
        writer.close()


async def test_what_is_refused_while_going_down_names_its_events(tmp_path):
    settings = settings_of(tmp_path)
    async with Server(settings, doors=open_gateway(settings)) as server:
        server._gate.refuse()
        items = [{"message": {}, "metadata": {"jobId": number}, "destination": {}} for number in (1, 2)]
        answer = await Plane(server.doors[0].address).post("/customTransform", items)
        assert (answer.status, answer.headers["x-rudder-should-retry"]) == (503, "true")
        assert [one["metadata"]["jobId"] for one in answer.json] == [1, 2]
