"""TLS from files, read again when they change, and what may listen where."""

import asyncio

import pytest
import trustme

from tests.certificates import Files, shown
from transformer.access import keys
from transformer.client import AsyncClient, Client, Tls
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.records import KeyDraft
from transformer.settings import SettingsError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


async def test_servers_that_get_calls_in_turn_are_one_to_tls(open_server, files):
    async with open_server(**files.settings) as one, open_server(**files.settings) as two:
        async with AsyncClient(f"{one.address},{two.address}", tls=Tls(files.trusted)) as client:
            assert [await client.health() for _ in range(4)] == ["SERVING"] * 4
        async with AsyncClient(f"{one.address},{two.address}", tls=Tls(trustme.CA().cert_pem.bytes()), attempts=1) as client:
            with pytest.raises(PlatformError):
                await client.health()


async def test_both_clients_talk_tls(open_server, files):
    async with open_server(**files.settings) as server:
        async with AsyncClient(server.address, tls=Tls(files.trusted)) as client:
            assert await client.health() == "SERVING"

        def ask():
            with Client(server.address, tls=Tls(files.trusted)) as client:
                return client.health()

        assert await asyncio.to_thread(ask) == "SERVING"
        for tls, sentence in (
            (None, "closed the connection at once; if it talks TLS, say so (server_tls, server_ca)"),
            (Tls(trustme.CA().cert_pem.bytes()), "shows a certificate that is not trusted here; name its CA (server_ca)"),
        ):
            async with AsyncClient(server.address, tls=tls, attempts=1) as client:
                with pytest.raises(PlatformError) as told:
                    await client.health(timeout=20)
                assert told.value.code is Code.UNREACHABLE
                assert told.value.message == f"the server at {server.address} {sentence}"


async def test_tls_to_a_server_without_it_says_so(open_server, files):
    async with open_server() as server, AsyncClient(server.address, tls=Tls(files.trusted), attempts=1) as client:
        with pytest.raises(PlatformError, match="does not talk TLS"):
            await client.health(timeout=20)


async def test_what_cannot_be_connected_to_is_refused_before(files):
    with pytest.raises(CallerError, match="'nonsense' is no host:port"):
        AsyncClient("nonsense")
    with pytest.raises(CallerError, match="holds no PEM certificate"):
        AsyncClient("127.0.0.1:1", tls=Tls(b"nonsense"))


async def test_renewed_files_are_served_to_new_connections_and_old_ones_go_on(open_server, files):
    lines = []
    async with open_server(lines, **files.settings) as server, AsyncClient(server.address, tls=Tls(files.trusted)) as client:
        await client.health()
        first = await shown(server.address, files.trusted)
        assert await shown(server.address, files.trusted) == first
        files.renew()
        second = await shown(server.address, files.trusted)
        assert second != first
        assert await client.health() == "SERVING"
    assert [line["event"] for line in lines if "tls" in line["event"]] == ["tls certificate read"] * 2


async def test_a_broken_file_keeps_the_old_certificate_and_says_so(open_server, files):
    lines = []
    async with open_server(lines, **files.settings) as server:
        first = await shown(server.address, files.trusted)
        reasons = {
            b"": "tls_key: is no private key in PEM without a password",
            files.ca.private_key_pem.bytes(): "tls_key: is not the key of the first certificate in tls_certificate",
        }
        for text, reason in reasons.items():
            files.replace("tls_key", text)
            assert [await shown(server.address, files.trusted) for _ in range(3)] == [first] * 3
            told = [line["reason"] for line in lines if line["level"] == "error"]
            assert told[-1] == reason
        assert len(told) == 2  # once for each change, not for each connection
        files.replace("tls_certificate", b"no certificate")
        assert await shown(server.address, files.trusted) == first
        files.renew()
        assert await shown(server.address, files.trusted) != first


async def test_with_a_client_ca_only_its_certificates_may_connect(open_server, files):
    files.replace("tls_client_ca", files.trusted)
    async with open_server(**files.settings, tls_client_ca=str(files.folder / "tls_client_ca.pem")) as server:
        async with AsyncClient(server.address, tls=files.of_client()) as client:
            assert await client.health() == "SERVING"
        strange = Files(files.folder)
        stranger = strange.of_client()
        for tls in (Tls(files.trusted), Tls(files.trusted, stranger.certificate, stranger.key)):
            async with AsyncClient(server.address, tls=tls, attempts=1) as client:
                with pytest.raises(PlatformError):
                    await client.health(timeout=5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tls_key": ""}, "tls_certificate: needs tls_key beside it"),
        ({"tls_certificate": ""}, "tls_key: needs tls_certificate beside it"),
        ({"tls_key": "missing.pem"}, "tls_key: missing.pem: no such file or directory"),
        ({"tls_certificate": "", "tls_key": "", "tls_client_ca": "x"}, "tls_client_ca: needs tls_certificate beside it"),
    ],
)
async def test_tls_that_is_set_up_by_half_is_refused(open_server, files, change, said):
    with pytest.raises(SettingsError) as told:
        await open_server(**(files.settings | change)).start()
    assert str(told.value) == said


@pytest.mark.parametrize(
    ("tls", "authentication", "missing"),
    [
        (False, "none", "set tls_certificate and tls_key and authentication = keys"),
        (True, "none", "set authentication = keys"),
        (False, "keys", "set tls_certificate and tls_key"),
    ],
)
async def test_listening_to_other_machines_needs_tls_and_known_callers(open_server, files, tls, authentication, missing):
    chosen = {"listen": "0.0.0.0:0", "authentication": authentication, **(files.settings if tls else {})}
    server = open_server(**chosen)
    with pytest.raises(SettingsError) as told:
        await server.start()
    assert str(told.value) == f"listen: 0.0.0.0:0 can be reached from other machines; {missing}, or say --insecure"
    await server.stop()


async def test_with_both_it_listens_to_other_machines_without_a_word(open_server, files):
    lines = []
    async with open_server(lines, listen="0.0.0.0:0", authentication="keys", **files.settings) as server:
        port = server.address.rpartition(":")[2]
        made = keys.make()
        draft = KeyDraft(made.id, made.digest, "test", "default", "author")
        await asyncio.to_thread(server._store.create_key, draft)
        async with AsyncClient(f"127.0.0.1:{port}", tls=Tls(files.trusted), api_key=made.text) as client:
            assert (await client.get_workspace("default")).id == "default"
    assert [line["event"] for line in lines if line["level"] != "info" and "API key" not in line["event"]] == []


async def test_jwks_without_authentication_is_a_mistake_that_is_told(open_server):
    with pytest.raises(SettingsError, match=r"^jwks: nobody is asked for a JWT while authentication is none"):
        await open_server(jwks="https://issuer.test/keys").start()


async def test_a_key_goes_to_other_machines_over_tls_only():
    key = keys.make().text
    for server in ("example.test:50051", "127.0.0.1:1,192.0.2.1:2", "dns:///example.test:443"):
        with pytest.raises(CallerError) as told:
            AsyncClient(server, api_key=key)
        assert key not in told.value.message
    for server, more in (
        ("example.test:50051", {"tls": Tls()}),
        ("example.test:50051", {"insecure": True}),
        ("127.0.0.1:1,127.0.0.1:2", {}),
        ("[::1]:50051", {}),
        ("localhost:50051", {}),
    ):
        await AsyncClient(server, api_key=key, **more).close()


async def test_nothing_listens_that_was_not_asked_for(open_server):
    import psutil

    before = {one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN}
    async with open_server() as server:
        now = {one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN}
        assert [f"{address.ip.removeprefix('::ffff:')}:{address.port}" for address in now - before] == [server.address]
