"""GET /metrics: only that, only where it may be, and no peer can hold it up."""

import asyncio
import socket
import urllib.error
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, Counter

from transformer.observe import endpoint as endpoints
from transformer.observe.endpoint import Endpoint
from transformer.settings import SettingsError


@pytest.fixture
def registry():
    registry = CollectorRegistry()
    Counter("tests_total", "Counted.", registry=registry).inc(3)
    return registry


@pytest.fixture
def endpoint(registry):
    served = Endpoint("127.0.0.1:0", registry)
    yield served
    served.close()


def get(address, path="/metrics", **headers):
    with urllib.request.urlopen(urllib.request.Request(f"http://{address}{path}", headers=headers), timeout=10) as answer:
        return answer.headers, answer.read()


def test_what_is_counted_can_be_read(endpoint):
    headers, body = get(endpoint.address)
    assert headers["Content-Type"].startswith("text/plain")
    assert b"tests_total 3.0" in body


def test_whoever_asks_for_openmetrics_gets_it(endpoint):
    headers, body = get(endpoint.address, Accept="application/openmetrics-text; version=1.0.0")
    assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")


@pytest.mark.parametrize("path", ["/", "/metric", "/metrics/x", "/..", "/favicon.ico"])
def test_there_is_nothing_else(endpoint, path):
    with pytest.raises(urllib.error.HTTPError) as told:
        get(endpoint.address, path)
    with told.value as answer:
        assert answer.code == 404


def test_the_answer_does_not_tell_what_runs_here(endpoint):
    headers, _ = get(endpoint.address)
    assert headers["Server"].strip() == "transformer"


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "203.0.113.9:0", "example.invalid:0"])
def test_other_machines_are_let_in_only_if_that_is_said(registry, listen):
    with pytest.raises(SettingsError, match="metrics_public"):
        Endpoint(listen, registry)


def test_if_it_is_said_they_are(registry):
    served = Endpoint("0.0.0.0:0", registry, public=True)
    try:
        assert b"tests_total" in get(served.address)[1]
    finally:
        served.close()


@pytest.mark.parametrize("listen", ["9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", ":9464"])
def test_what_is_no_address_is_refused_with_an_example(registry, listen):
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1:9464"):
        Endpoint(listen, registry)


def test_an_address_that_is_taken_is_refused(registry, endpoint):
    with pytest.raises(SettingsError, match="cannot be bound: address already in use"):
        Endpoint(endpoint.address, registry)


async def test_peers_that_say_nothing_hold_nobody_up_for_long(registry, monkeypatch, until):
    monkeypatch.setattr(endpoints._Handler, "timeout", 0.2)
    served = Endpoint("127.0.0.1:0", registry)
    host, _, port = served.address.partition(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(20)]
    try:
        got = asyncio.Event()

        async def read():
            while not got.is_set():
                try:
                    await asyncio.to_thread(get, served.address)
                    got.set()
                except OSError:
                    await asyncio.sleep(0.02)

        reading = asyncio.create_task(read())
        await until(got.is_set)
        await reading
    finally:
        for connection in silent:
            connection.close()
        await asyncio.to_thread(served.close)


def test_a_peer_that_leaves_is_no_news(endpoint, capsys):
    host, _, port = endpoint.address.partition(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    get(endpoint.address)
    assert capsys.readouterr().err == ""
