"""The arguments of fetch: what is sent is what is meant, and nothing can be smuggled in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from transformer.broker.fetch.request import read_request, read_url
from transformer.wire.calls import CallError

URL_A = "http://api.example.com/a"


def read(**arguments):
    return read_request({"url": URL_A, **arguments}, 1000)


def refused(**arguments):
    with pytest.raises(CallError) as caught:
        read(**arguments)
    return caught.value.kind, caught.value.message


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("http://api.example.com", "http://api.example.com/"),
        ("HTTPS://API.Example.com:443/A?b=c#d", "https://api.example.com/A?b=c"),
        ("http://user:secret@api.example.com/", "http://api.example.com/"),
        ("  http://api.example.com/a b?c=%2B ", "http://api.example.com/a%20b?c=%2B"),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://[2606:4700::1]:8080/", "http://[2606:4700::1]:8080/"),
        ("http://good.example@evil.example/", "http://evil.example/"),
        ("http://evil.example#@good.example/", "http://evil.example/"),
    ],
)
def test_a_url_is_read_as_it_will_be_asked(text, means):
    assert str(read_url(text)[0]) == means


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "ftp://a/",
        "file:///etc/passwd",
        "gopher://a/",
        "http://",
        "http:///a",
        "http:a",
        "http://a\\@b/",
        "http://a\r\nHost: b/",
        "http://a\tb",
        "http://a b/",
        "http://ex%61mple.com/",
        "http://[::1",
        "http://a:99999/",
        "http://[fe80::1%25eth0]/",
        "http://a:0/",
        "http://-/",
        "http://a..b@/",
        5,
        None,
        ["http://a/"],
        "http://a/" + "x" * 20_000,
    ],
)
def test_what_is_no_url_is_refused(text):
    with pytest.raises(CallError) as caught:
        read_url(text)
    assert caught.value.kind == "invalid"


def test_a_user_in_the_url_becomes_a_header_and_leaves_the_url():
    request = read(url="http://a%3Ab:s%40crät@api.example.com/")
    assert request.headers == (("Authorization", "Basic YTpiOnNAY3LDpHQ="),)
    assert read(url="http://a:b@api.example.com/", headers={"authorization": "mine"}).headers == (("authorization", "mine"),)


def test_headers_are_kept_in_order_and_with_repetitions():
    assert read(headers=[["X-A", "1"], ["x-b", " 2 "], ["X-A", "ü"]]).headers == (("X-A", "1"), ("x-b", "2"), ("X-A", "ü"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other.example"},
        {"host": "api.example.com.evil.example"},
        {"Content-Length": "0"},
        {"Content-Length": "5, 5"},
        {"Transfer-Encoding": "chunked"},
        {"transfer-encoding ": "chunked"},
        {"Connection": "upgrade"},
        {"Upgrade": "websocket"},
        {"Proxy-Authorization": "x"},
        {"Expect": "100-continue"},
        {"TE": "trailers"},
        {"X": "a\r\nTransfer-Encoding: chunked"},
        {"X": "a\nb"},
        {"X": "a\0b"},
        {"X": "€"},
        {"X\r\nY": "a"},
        {"X:": "a"},
        {"": "a"},
        {"X": 5},
        {5: "a"},
        [["X"]],
        ["X: a"],
        "X: a",
        [["X", "a"]] * 129,
        {"X": "a" * 40_000},
    ],
)
def test_headers_that_could_change_the_message_are_refused(headers):
    kind, _ = refused(headers=headers, body="hello")
    assert kind == "invalid"


def test_headers_that_repeat_what_the_host_says_anyway_are_left_out():
    headers = {"Host": "API.example.com", "Content-Length": "5", "Connection": "keep-alive", "X": "kept"}
    assert read(headers=headers, body="hello").headers == (("X", "kept"),)


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=30), max_size=5))
def test_no_header_that_is_accepted_breaks_a_line(headers):
    try:
        request = read(headers=headers)
    except CallError:
        return
    for name, value in request.headers:
        assert f"{name}: {value}".encode("latin-1").splitlines() == [f"{name}: {value}".encode("latin-1")]


def test_messages_name_what_is_wrong_and_repeat_no_value():
    kind, told = refused(headers={"X-Token": "s3cret\n"})
    assert (kind, told) == (
        "invalid",
        "fetch: the value of the header X-Token is not allowed: it is Latin-1 text without line breaks",
    )
    assert refused(url="http://user:s3cret@ho st/") == (
        "invalid",
        "fetch: url names no host, or none that there can be, or no port",
    )
    assert refused(colour="red") == ("invalid", "fetch: there is no argument 'colour'")


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "GET /x"},
        {"method": "CONNECT"},
        {"method": "TRACE"},
        {"method": ""},
        {"method": 1},
        {"body": 5},
        {"body": ["a"]},
        *(
            {"redirect": "maybe"},
            {"redirect_rules": "mine"},
            {"max_redirects": -1},
            {"max_redirects": 1.5},
            {"max_redirects": True},
            {"verify": "no"},
        ),
        *({"timeout": 0}, {"timeout": -1}, {"timeout": "5"}, {"timeout": True}, {"timeout": float("nan")}, {"delay": -1}),
        {"cache": 5},
        {"cache": {}},
        {"cache": {"seconds": 0}},
        {"cache": {"seconds": 1, "key": ""}},
        {"cache": {"seconds": 1, "x": 1}},
    ],
    ids=str,
)
def test_arguments_that_make_no_sense_are_refused(wrong):
    assert refused(**wrong)[0] == "invalid"


def test_a_body_is_text_or_bytes_up_to_the_limit():
    assert [read(body=body).body for body in ("ü", b"\0", bytearray(b"x"), None)] == ["ü".encode(), b"\0", b"x", b""]
    assert refused(body="x" * 1001) == ("too_large", "fetch: body has more than 1000 bytes (call_bytes)")
    assert refused(body="\ud800")[0] == "invalid"


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
    ],
)
def test_a_redirected_request_has_the_method_that_browsers_use(status, method, becomes):
    asked = read(method=method, body="hello", headers={"Content-Type": "text/plain", "X": "y"}).redirected(
        status, URL(URL_A + "b")
    )
    dropped = becomes != method
    assert (asked.method, asked.body) == (becomes, b"" if dropped else b"hello")
    assert asked.headers == ((("X", "y"),) if dropped else (("Content-Type", "text/plain"), ("X", "y")))


@pytest.mark.parametrize(
    ("status", "method", "becomes", "body"),
    [
        (301, "POST", "GET", b""),
        (301, "PUT", "PUT", b""),
        (302, "POST", "GET", b""),
        (302, "PUT", "GET", b""),
        (302, "DELETE", "GET", b""),
        (302, "HEAD", "HEAD", b""),
        (303, "PATCH", "GET", b""),
        (307, "PUT", "PUT", b"hello"),
        (308, "POST", "POST", b"hello"),
    ],
)
def test_or_the_one_that_requests_uses(status, method, becomes, body):
    asked = read(method=method, body="hello", headers={"Content-Type": "text/plain", "X": "y"}, redirect_rules="requests")
    moved = asked.redirected(status, URL(URL_A + "b"))
    assert (moved.method, moved.body) == (becomes, body)
    assert moved.headers == ((("Content-Type", "text/plain"), ("X", "y")) if body else (("X", "y"),))


@pytest.mark.parametrize(
    "elsewhere", ["https://api.example.com/", "http://api.example.com:81/", "http://other.example/", "http://example.com/"]
)
def test_secrets_do_not_follow_to_another_origin(elsewhere):
    secrets = ["Authorization", "Cookie", "X-Api-Key", "x-auth-token", "Api-Key", "X-Amz-Security-Token", "X-Signature"]
    asked = read(headers=dict.fromkeys(secrets, "s3cret") | {"X-Trace": "1", "Accept": "a/b"})
    assert asked.redirected(302, URL(elsewhere)).headers == (("X-Trace", "1"), ("Accept", "a/b"))
    assert len(asked.redirected(302, URL("http://api.example.com/other")).headers) == len(secrets) + 2
