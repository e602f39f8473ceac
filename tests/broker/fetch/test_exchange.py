"""Fetch and what comes back: answers, redirects, codings, connections."""

import ssl

import pytest
import trustme

from tests.broker.fetch.upstream import Rude, Upstream


async def test_an_answer_has_everything_that_code_wants_to_see(calls, upstream):
    value = await calls(f"{upstream.url}/cookie?a=b#c", method="post", headers={"X-A": "1"}, body=b"\0\xff")
    assert (value["status"], value["reason"], value["url"], value["body"]) == (200, "OK", f"{upstream.url}/cookie?a=b", b"ok")
    assert [pair for pair in value["headers"] if pair[0] == "Set-Cookie"] == [["Set-Cookie", "a=1"], ["Set-Cookie", "b=2"]]
    assert (value["history"], value["cached"], value["elapsed"] > 0) == ([], False, True)
    method, path, headers, body, _ = upstream.seen[0]
    assert (method, path, headers["X-A"], body) == ("POST", "/cookie?a=b", "1", b"\0\xff")


async def test_only_the_headers_that_were_given_are_sent_and_those_that_frame_the_message(calls, upstream):
    await calls(upstream.url)
    assert sorted(upstream.seen[0][2]) == ["Accept-Encoding", "Host"]
    await calls(upstream.url, method="POST", body="ü", headers={"Accept-Encoding": "identity"})
    assert sorted(upstream.seen[1][2].items()) == [
        ("Accept-Encoding", "identity"),
        ("Content-Length", "2"),
        ("Host", f"127.0.0.1:{upstream.port}"),
    ]


@pytest.mark.parametrize("status", [204, 304, 400, 404, 500, 503])
async def test_every_status_is_an_answer(calls, upstream, status):
    assert (await calls(f"{upstream.url}/status?is={status}"))["status"] == status


async def test_a_head_has_no_body_whatever_its_length_says(calls, upstream):
    value = await calls(f"{upstream.url}/bytes?n=9000000", method="HEAD")
    assert (value["status"], value["body"]) == (200, b"")


@pytest.mark.parametrize("path", ["gzip?text=hello", "gzip?text=hel|lo", "deflate?text=hello", "deflate?text=hello&raw=1"])
async def test_codings_are_undone(calls, upstream, path):
    assert (await calls(f"{upstream.url}/{path}"))["body"] == b"hello"


@pytest.mark.parametrize("path", ["cut", "garbage"])
async def test_a_body_that_is_not_in_its_coding_is_an_error(calls, upstream, path):
    kind, why, _ = await calls.failed(f"{upstream.url}/{path}")
    assert (kind, why) == ("connection", "closed")


async def test_redirects_are_followed_and_told(calls, upstream):
    value = await calls(f"{upstream.url}/redirect?to=/redirect?to=/end%26status=307")
    assert (value["url"], [(one["status"], one["url"].removeprefix(upstream.url)) for one in value["history"]]) == (
        f"{upstream.url}/end",
        [(302, "/redirect?to=/redirect?to=/end%26status=307"), (307, "/redirect?to=/end&status=307")],
    )
    assert ["Set-Cookie", "seen=1"] in value["history"][0]["headers"]
    assert not any("Cookie" in headers for _, _, headers, _, _ in upstream.seen)


async def test_redirects_can_be_left_to_the_caller_forbidden_and_bounded(calls, upstream):
    value = await calls(f"{upstream.url}/redirect?to=/end", redirect="manual")
    assert (value["status"], len(upstream.seen)) == (302, 1)
    assert (await calls.failed(f"{upstream.url}/redirect?to=/end", redirect="error"))[:2] == ("status", "redirects")
    assert (await calls.failed(f"{upstream.url}/loop", max_redirects=3)) == (
        "status",
        "redirects",
        "fetch: more than 3 redirects",
    )
    upstream.seen.clear()
    assert (await calls.failed(f"{upstream.url}/loop", max_redirects=1000))[:2] == ("status", "redirects")
    assert len(upstream.seen) == 31


@pytest.mark.parametrize("to", ["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "http://a\\b/"])
async def test_redirects_to_what_is_no_http_are_errors(calls, upstream, to):
    kind, why, told = await calls.failed(f"{upstream.url}/redirect?to=" + to.replace("\\", "%5C"))
    assert (kind, why, told) == ("connection", "closed", "fetch: the host redirects to what is no http or https URL")


async def test_credentials_stay_with_their_host(open_fetch, upstream):
    async with Upstream() as other:
        calls = open_fetch(f"127.0.0.1:{upstream.port}", f"127.0.0.1:{other.port}")
        secret = {"Authorization": "Bearer s3cret", "X-Kept": "yes"}
        await calls(f"{upstream.url}/redirect?to={other.url}/", headers=secret)
        await calls(f"{upstream.url}/redirect?to=http://user:pw@127.0.0.1:{other.port}/", headers=secret)
        await calls(f"{upstream.url}/redirect?to=/", headers=secret)
    assert [("Authorization" in headers, headers.get("X-Kept")) for _, _, headers, _, _ in other.seen] == [(False, "yes")] * 2
    assert upstream.seen[-1][2]["Authorization"] == "Bearer s3cret"


async def test_a_user_in_the_url_is_sent_and_not_told(calls, upstream):
    value = await calls(f"http://me:s3cret@127.0.0.1:{upstream.port}/")
    assert upstream.seen[0][2]["Authorization"] == "Basic bWU6czNjcmV0"
    assert value["url"] == f"{upstream.url}/"


async def test_no_cookie_is_carried_to_the_next_call(calls, upstream):
    for _ in range(2):
        await calls(f"{upstream.url}/cookie")
    assert "Cookie" not in upstream.seen[1][2]


async def test_connections_are_used_again_by_their_workspace_only(calls, upstream):
    for workspace in ("shop", "shop", "other", "shop"):
        await calls(f"{upstream.url}/redirect?to=/end", workspace=workspace)
    peers = [peer for _, _, _, _, peer in upstream.seen]
    assert len(set(peers)) == 2
    assert peers[4] not in peers[:4] + peers[6:]


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"], "closed"),
        ([b""], "closed"),
        ([b"SSH-2.0-OpenSSH\r\n"], "closed"),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"], "closed"),
        ([b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"], "closed"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!"], "closed"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"], "closed"),
    ],
    ids=["cut", "nothing", "no http", "long header", "many headers", "two lengths", "bad chunk"],
)
async def test_servers_that_say_what_is_no_answer_are_errors(open_fetch, says, why):
    async with Rude(*says) as rude:
        kind, found, _ = await open_fetch(f"127.0.0.1:{rude.port}").failed(rude.url)
    assert (kind, found) == ("connection", why)


async def test_what_servers_say_in_no_encoding_is_still_text(open_fetch):
    head = b"HTTP/1.1 200 Tr\xe8s bien\xff\r\nX-Name: \xfc\xff\r\nContent-Length: 0\r\n\r\n"
    async with Rude(head) as rude:
        value = await open_fetch(f"127.0.0.1:{rude.port}")(rude.url)
    assert (value["reason"], value["headers"][0]) == ("Très bienÿ", ["X-Name", "üÿ"])


async def test_a_head_that_is_too_large_is_refused(open_fetch):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + (b"X: " + b"x" * 1000 + b"\r\n") * 80 + b"\r\n"
    async with Rude(head) as rude:
        assert (await open_fetch(f"127.0.0.1:{rude.port}").failed(rude.url))[:2] == ("too_large", "response")


async def test_nobody_there_is_an_error(calls, open_fetch, upstream):
    async with Rude() as gone:
        pass
    kind, why, told = await open_fetch(f"127.0.0.1:{gone.port}").failed(f"http://127.0.0.1:{gone.port}/secret?key=s3cret")
    assert (kind, why, told) == ("connection", "connect", "fetch: the host cannot be connected to")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
async def secure(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with Upstream(ssl=context) as server:
        yield server


async def test_certificates_are_verified_unless_the_call_says_otherwise_and_the_operator_lets_it(open_fetch, secure):
    calls = open_fetch(f"127.0.0.1:{secure.port}")
    kind, why, _ = await calls.failed(secure.url)
    assert (kind, why) == ("connection", "tls")
    assert (await calls(secure.url, verify=False))["status"] == 200
    assert (await calls.failed(secure.url))[:2] == (
        "connection",
        "tls",
    )  # the connection without verification is not used for this
    strict = open_fetch(f"127.0.0.1:{secure.port}", fetch_unverified=False)
    assert (await strict.failed(secure.url, verify=False))[:2] == ("refused", "operator")


async def test_an_operators_own_authority_is_trusted(open_fetch, secure, authority, tmp_path):
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    calls = open_fetch(f"127.0.0.1:{secure.port}", fetch_ca=str(tmp_path / "ca.pem"))
    assert (await calls(secure.url))["status"] == 200
