"""The gateway speaks TLS with the files of the settings, also after they were replaced."""

import asyncio
import contextlib
import socket
import ssl

import pytest
import trustme

from tests.certificates import Files, shown
from tests.gateway.plane import settings_of
from tests.logged import keeping_log
from transformer.gateway import open_gateway
from transformer.service import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


def opened(folder, **settings):
    made = settings_of(folder, **settings)
    return Server(made, doors=open_gateway(made))


async def version(address, context):
    """What GET /version says to who trusts, and shows, what the context has."""

    def ask():
        host, _, port = address.rpartition(":")
        with (
            socket.create_connection((host, int(port)), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname=host) as safe,
        ):
            safe.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if not (answer := safe.recv(65536)):
                raise ConnectionError("closed without an answer")
            return answer

    return await asyncio.to_thread(ask)


async def served(address, context):
    """Whether the gateway answers; who is refused sees an alert, a reset, or just the end, whichever comes first."""
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        return b" 200 OK" in await version(address, context)
    return False


def client(ca, certified=None):
    context = ssl.create_default_context(cadata=ca.cert_pem.bytes().decode())
    if certified is not None:
        certified.configure_cert(context)
    return context


async def test_a_new_connection_is_shown_the_certificate_that_is_there_by_then(tmp_path, files):
    async with opened(tmp_path, **files.settings) as server:
        address = server.doors[0].address
        first = await shown(address, files.trusted, "http/1.1")
        assert await shown(address, files.trusted, "http/1.1") == first
        files.renew("tls_certificate")  # its key is not there yet
        assert await shown(address, files.trusted, "http/1.1") == first
        files.renew()
        second = await shown(address, files.trusted, "http/1.1")
        assert second != first
        files.replace("tls_key", b"no key")
        assert await shown(address, files.trusted, "http/1.1") == second
        assert b" 200 OK" in await version(address, client(files.ca))


async def test_who_has_no_certificate_of_the_ca_is_not_served(tmp_path, files):
    ours, theirs = trustme.CA(), trustme.CA()
    files.replace("tls_client_ca", ours.cert_pem.bytes())
    settings = {**files.settings, "tls_client_ca": str(tmp_path / "tls_client_ca.pem")}
    async with opened(tmp_path, **settings) as server:
        address = server.doors[0].address
        known, unknown = ours.issue_cert("plane@example.test"), theirs.issue_cert("plane@example.test")
        assert await served(address, client(files.ca, known))
        for refused in (client(files.ca), client(files.ca, unknown)):
            assert not await served(address, refused)
        files.replace("tls_client_ca", theirs.cert_pem.bytes())
        assert await served(address, client(files.ca, unknown))
        assert not await served(address, client(files.ca, known))


async def test_who_listens_to_strangers_is_warned(tmp_path):
    lines = []
    settings = settings_of(tmp_path, gateway_listen="0.0.0.0:0", insecure=True)
    async with Server(settings, log=keeping_log(lines), doors=open_gateway(settings)) as server:
        warned = [(line["event"], line.get("address")) for line in lines if line["level"] == "warning"]
        assert ("listening beyond this machine, insecurely", server.doors[0].address) in warned
