"""What an operator is told of a service that is not reached, by the library's own errors."""

import asyncio
import contextlib
import ssl

import aiohttp
import pytest
import trustme

from transformer.gateway.code.unreached import why_unreached

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answer(_reader, writer):
    """No TLS, and the end."""
    with contextlib.suppress(OSError):
        writer.write(b"no TLS\r\n")
        writer.close()
        await writer.wait_closed()


async def wrong_with(address):
    """What the library raises for an address."""
    timeout = aiohttp.ClientTimeout(total=20)
    with pytest.raises((aiohttp.ClientError, OSError)) as raised:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(address):
            pass
    return why_unreached(raised.value)


async def test_a_certificate_that_is_not_trusted_and_tls_that_is_none_are_told():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    for tls, told in ((context, "shows a certificate that is not trusted here"), (None, "does not talk TLS as it should")):
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
        async with server:
            port = server.sockets[0].getsockname()[1]
            assert (await wrong_with(f"https://127.0.0.1:{port}/")).startswith(told)


async def test_who_does_not_listen_cannot_be_reached():
    assert await wrong_with("http://127.0.0.1:1/") == "cannot be reached"


async def test_who_takes_too_long_is_too_slow():
    assert why_unreached(TimeoutError()) == why_unreached(aiohttp.ServerTimeoutError()) == "is too slow to answer"
