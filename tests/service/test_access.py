"""Keys in the life of a server: made, used, limited, revoked, and never seen in a log."""

import asyncio
import json
import time

import grpc
import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec

from transformer.access import keys, rule_of
from transformer.access.guard import HEADER
from transformer.client import AsyncClient, TransformBatch
from transformer.errors import CallerError, Code, PlatformError, TransformerError
from transformer.registry.records import Call, KeyDraft
from transformer.service.admission import Admission
from transformer.service.interceptors import Incoming
from transformer.wire.pb import transform_pb2

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

IDENTITY = "def transformEvent(event, metadata):\n    return event\n"
TRANSFORM = "/transformer.v1.TransformService/Transform"


class Guarded:
    """A server that asks for keys, what it logs, and a way to make keys beside it."""

    def __init__(self, server, lines):
        self.server, self.lines = server, lines

    async def key(self, role="admin", workspace="", **fields):
        made = keys.make()
        draft = KeyDraft(made.id, made.digest, f"{role} of test", workspace, role, **fields)
        await asyncio.to_thread(self.server._store.create_key, draft, call=Call("test"))
        return made.text

    def client(self, key, **options):
        return AsyncClient(self.server.address, api_key=key, **({"attempts": 1} | options))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(open_server):
    lines = []
    async with open_server(lines, authentication="keys") as server:
        made = Guarded(server, lines)
        async with made.client(await made.key()) as client:
            await client.create_transformation("default", "code")
            version = await client.create_version("default", "code", IDENTITY)
            await client.activate_version("default", "code", version.number)
        yield made


async def refused(call) -> TransformerError:
    with pytest.raises(TransformerError) as told:
        await call
    return told.value


async def transformed(client):
    return await client.transform(workspace="default", transformations=["code"], events=[{"n": 1}])


async def test_a_key_is_told_once_and_works_at_once(guarded):
    async with guarded.client(await guarded.key()) as admin:
        made = await admin.create_key("gateway", "transform", "default", requests_per_second=9)
        assert (made.key.label, made.key.role, made.key.workspace, made.key.requests_per_second) == (
            "gateway",
            "transform",
            "default",
            9,
        )
        assert made.secret not in repr(made)
        async with guarded.client(made.secret) as gateway:
            assert (await transformed(gateway)).outcomes[0].failure is None
        found = await admin.get_key(made.key.id)
        assert found == made.key
        assert made.secret not in repr(await admin.list_keys())


async def test_a_repeated_request_for_a_key_tells_no_secret_twice(guarded):
    async with guarded.client(await guarded.key()) as admin:
        made = await admin.create_key("once", "author", "default", request_id="the-same")
        wrong = await refused(admin.create_key("once", "author", "default", request_id="the-same"))
        assert (wrong.code, wrong.resource) == (Code.PRECONDITION, made.key.name)
        checked = await admin.create_key("never made", "author", "default", validate_only=True)
        assert checked.secret == ""
        assert "never made" not in {key.label for key in (await admin.list_keys(page_size=1000)).items}


async def test_a_revoked_key_ends_also_in_the_middle_of_a_stream(guarded):
    text = await guarded.key("transform", "default")
    revoked = asyncio.Event()

    async def batches():
        yield TransformBatch(workspace="default", transformations=["code"], events=[{}])
        await revoked.wait()
        yield TransformBatch(workspace="default", transformations=["code"], events=[{}])

    async with guarded.client(await guarded.key()) as admin, guarded.client(text) as client:
        answers = client.stream(batches())
        assert len((await anext(answers)).outcomes) == 1
        gone = await admin.revoke_key(keys.id_of(text))
        assert gone.revoked is not None
        revoked.set()
        assert (await anext(answers)).code is Code.UNAUTHENTICATED
        await answers.aclose()
        assert (await refused(transformed(client))).code is Code.UNAUTHENTICATED


async def test_another_server_hears_of_a_revocation_within_its_poll(open_server, guarded, until):
    text = await guarded.key("author", "default")
    async with (
        open_server(authentication="keys", database_url=guarded.server.settings.database_url) as other,
        AsyncClient(other.address, api_key=text, attempts=1) as client,
        guarded.client(await guarded.key()) as admin,
    ):
        await client.get_workspace("default")
        await admin.revoke_key(keys.id_of(text))
        await until(lambda: other._guard.keyring.known(text) is None)
        assert (await refused(client.get_workspace("default"))).code is Code.UNAUTHENTICATED


async def test_the_audit_trail_names_the_key_and_not_what_the_caller_says(guarded):
    text = await guarded.key("author", "default")
    async with AsyncClient(guarded.server.address, api_key=text, actor="the president") as client:
        await client.create_transformation("default", "mine")
    async with guarded.client(await guarded.key("operator", "default")) as operator:
        entries = (await operator.list_audit_entries("default", 1000)).items
    [entry] = [entry for entry in entries if entry.resource.endswith("/mine")]
    name = f"author of test (keys/{keys.id_of(text)})"
    [line] = [line for line in guarded.lines if line.get("method") == "CreateTransformation" and line["caller"] == name]
    assert (entry.actor, line["status"]) == (name, "OK")


async def test_where_nobody_is_asked_the_caller_says_who_it_is(client, new_id):
    name = new_id()
    await client.create_transformation("default", name)
    assert (await client.list_audit_entries("default", 1)).items[0].actor == "tester"


async def test_all_of_the_audit_trail_is_for_operators_of_every_workspace(guarded):
    async with guarded.client(await guarded.key("operator")) as operator:
        entries = (await operator.list_audit_entries("-", 1000)).items
        assert {"CreateKey", "CreateTransformation"} <= {entry.action for entry in entries}
    async with guarded.client(await guarded.key("operator", "default")) as scoped:
        assert (await refused(scoped.list_audit_entries("-"))).code is Code.PERMISSION_DENIED


ODD = {
    "nothing": [],
    "an empty line": [("authorization", "")],
    "no scheme": [("authorization", keys.make().text)],
    "another scheme": [("authorization", "Basic dXNlcjpwYXNz")],
    "no credentials": [("authorization", "Bearer ")],
    "two of them": [("authorization", f"Bearer {keys.make().text}")] * 2,
    "too long": [("authorization", "Bearer " + "a" * 8200)],
    "a token of dots": [("authorization", "Bearer ...")],
    "an unsigned token": [("authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJldmUifQ.")],
    "a statement": [("authorization", "Bearer tk_' OR 1=1 --_x")],
    "another header": [("x-api-key", keys.make().text)],
    "only a name": [("x-actor", "admin")],
}


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
async def test_whoever_shows_no_good_key_is_unauthenticated(guarded, sent):
    async with grpc.aio.insecure_channel(guarded.server.address) as channel:
        call = channel.unary_unary(TRANSFORM)(b"", metadata=tuple(sent))
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await call
    assert told.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "tk_'" not in told.value.details()


async def test_bytes_that_are_no_text_are_unauthenticated(guarded):
    """A raw peer may put any byte into a header; the library's clients would refuse to send them."""
    guard = guarded.server._guard
    for value in (b"Bearer \xff\xfe", "Bearer é" * 3, "Bearer \x00", "Bearer \U0001f511"):
        with pytest.raises(CallerError) as told:
            await guard.identify(((HEADER, value),))
        assert told.value.code is Code.UNAUTHENTICATED


async def test_headers_without_end_are_refused_before_anything_is_parsed(guarded):
    async with grpc.aio.insecure_channel(guarded.server.address) as channel:
        call = channel.unary_unary(TRANSFORM)(b"", metadata=(("authorization", "Bearer " + "a" * 40_000),))
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await call
    assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    async with guarded.client(await guarded.key("transform", "default")) as client:
        await transformed(client)


async def test_a_request_that_is_too_large_is_refused_before_it_is_parsed(open_server):
    async with (
        open_server(authentication="keys", batch_bytes=10_000) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await channel.unary_unary(TRANSFORM)(b"\xff" * 2_000_000)
    assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_key_may_send_so_many_requests_and_is_told_when_to_come_back(guarded):
    text, free = await guarded.key("author", "default", requests_per_second=3), await guarded.key("author", "default")
    async with guarded.client(text) as client, guarded.client(free) as other:
        told = [await outcome(client.get_workspace("default")) for _ in range(30)]
        refusals = [one for one in told if isinstance(one, PlatformError)]
        assert {one.code for one in refusals} == {Code.RATE_LIMITED}
        assert all(0 < one.retry_after_seconds <= 2 for one in refusals)
        assert 3 <= len(told) - len(refusals) < 30
        for _ in range(30):
            await other.get_workspace("default")
    async with guarded.client(text, attempts=6) as patient:  # the client waits as long as it was told
        assert (await patient.get_workspace("default")).id == "default"


async def test_batches_of_a_stream_count_one_by_one(guarded):
    text = await guarded.key("transform", "default", requests_per_second=2)
    sent = [TransformBatch(workspace="default", transformations=["code"], events=[{}]) for _ in range(20)]
    async with guarded.client(text) as client:
        told = [one async for one in client.stream(sent)]
    limited = [one for one in told if isinstance(one, PlatformError) and one.code is Code.RATE_LIMITED]
    assert 0 < len(limited) <= 18
    assert {line["level"] for line in guarded.lines if line.get("status") == "RATE_LIMITED"} == {"info"}


async def test_in_trouble_known_keys_send_batches_and_nobody_is_called_unknown(open_server, until, tmp_path):
    """The registry's file is taken away and comes back."""
    file, away = tmp_path / "registry.db", tmp_path / "away"
    async with open_server([], authentication="keys", database_url=f"sqlite:///{file}", activation_poll_seconds=0.02) as server:
        made = Guarded(server, [])
        key = await made.key()
        async with made.client(key) as client:
            await client.create_transformation("default", "code")
            await client.create_version("default", "code", IDENTITY)
            await client.activate_version("default", "code", 1)
            await transformed(client)
            file.rename(away)
            await until(lambda: server._guard.keyring.trouble)
            assert len((await transformed(client)).outcomes) == 1
            async with made.client(keys.make().text) as stranger:
                wrong = await refused(stranger.get_workspace("default"))
                assert (wrong.code, wrong.code.retryable) == (Code.REGISTRY_UNAVAILABLE, True)
                away.rename(file)
                await until(lambda: not server._guard.keyring.trouble)
                assert (await refused(stranger.get_workspace("default"))).code is Code.UNAUTHENTICATED


async def test_tokens_of_an_issuer_are_taken_beside_keys(open_server, tmp_path):
    private = ec.generate_private_key(ec.SECP256R1())
    public = jwt.get_algorithm_by_name("ES256").to_jwk(private.public_key(), as_dict=True)
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [{**public, "kid": "k"}]}))
    issuer = {"jwt_issuer": "https://issuer.test", "jwt_audience": "transformer"}
    lines = []

    def token(**claims):
        usual = {"iss": "https://issuer.test", "aud": "transformer", "sub": "ann", "exp": time.time() + 60}
        return jwt.encode(usual | claims, private, algorithm="ES256", headers={"kid": "k"})

    async with open_server(lines, authentication="keys", jwks=str(tmp_path / "jwks.json"), **issuer) as server:
        made = Guarded(server, lines)
        async with made.client(token(role="operator", workspace="default")) as ann:
            await ann.create_transformation("default", "code")
            assert (await ann.list_audit_entries("default", 1)).items[0].actor == "ann (jwt)"
            assert (await refused(ann.list_transformations("other"))).code is Code.PERMISSION_DENIED
            assert (await refused(ann.create_key("mine", "admin", "default"))).code is Code.PERMISSION_DENIED
        async with made.client(token(role="author", workspace="default", aud="other")) as stranger:
            assert (await refused(stranger.get_workspace("default"))).code is Code.UNAUTHENTICATED
        async with made.client(await made.key("author", "default")) as keyed:
            assert (await keyed.get_workspace("default")).id == "default"
    assert token(role="operator", workspace="default").rpartition(".")[0] not in repr(lines)


async def test_a_server_without_any_key_says_how_to_make_one(open_server):
    lines = []
    async with open_server(lines, authentication="keys"):
        pass
    assert [line["event"] for line in lines if line["level"] == "warning"] == [
        "there is no API key yet; make the first with transformer keys create LABEL --role admin --local"
    ]


async def outcome(call):
    try:
        return await call
    except TransformerError as error:
        return error


async def test_a_known_key_costs_microseconds(guarded):
    """Admitted from memory: no thread, no lock, no database. The bound is far above what it takes (4 µs)."""
    text = await guarded.key("transform", "default")
    request = transform_pb2.TransformRequest(workspace="workspaces/default")
    admission, rule = Admission(guarded.server._guard), rule_of("Transform")

    class Known(Incoming):
        metadata = (("user-agent", "test"), ("authorization", f"Bearer {text}"))

    incoming = Known()
    await admission.admit(rule, request, incoming)
    assert incoming.caller.workspace == "default"
    assert min([await timed(admission, rule, request, incoming) for _ in range(5)]) < 100e-6


async def timed(admission, rule, request, incoming, rounds=2000):
    started = time.perf_counter()
    for _ in range(rounds):
        await admission.admit(rule, request, incoming)
    return (time.perf_counter() - started) / rounds
