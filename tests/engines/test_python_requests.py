"""What Python code sends by `requests` and `fetch`, to the letter."""

import pytest

from tests.engines.answering import headers_of

URL = "'https://a.example/x'"


@pytest.mark.parametrize(
    ("call", "method", "url", "body"),
    [
        (f"requests.get({URL}, {{'q': 'a b', 'n': None, 'm': [1, 2]}})", "GET", "https://a.example/x?q=a+b&m=1&m=2", None),
        (f"requests.post({URL}, {{'q': 'a b'}})", "POST", "https://a.example/x", b"q=a+b"),
        (f"requests.put({URL}, [('a', 1), ('a', 2)])", "PUT", "https://a.example/x", b"a=1&a=2"),
        (f"requests.patch({URL}, 'text')", "PATCH", "https://a.example/x", b"text"),
        (f"requests.post({URL}, b'raw', {{'a': 1}})", "POST", "https://a.example/x", b"raw"),
        (f"requests.post({URL}, json={{'a': [1]}})", "POST", "https://a.example/x", b'{"a": [1]}'),
        (f"requests.post({URL}, data=(part for part in ('a', b'b')))", "POST", "https://a.example/x", b"ab"),
        (f"requests.delete({URL})", "DELETE", "https://a.example/x", None),
        (f"requests.head({URL})", "HEAD", "https://a.example/x", None),
        (f"requests.options({URL})", "OPTIONS", "https://a.example/x", None),
        (f"requests.request('get', {URL})", "GET", "https://a.example/x", None),
        (f"requests.api.get({URL})", "GET", "https://a.example/x", None),
        (f"requests.Session().get({URL})", "GET", "https://a.example/x", None),
        (f"requests.sessions.Session().get({URL})", "GET", "https://a.example/x", None),
        (f"requests.session().send(requests.Request('PUT', {URL}, data='x') and requests.Session().prepare_request(requests.Request('PUT', {URL}, data='x')))", "PUT", "https://a.example/x", b"x"),
        (f"requests.Session().send(requests.Request('put', {URL}, data='x').prepare())", "PUT", "https://a.example/x", b"x"),
        (f"fetch({URL})", "GET", "https://a.example/x", None),
        (f"fetch({URL}, 'POST', body='x')", "POST", "https://a.example/x", b"x"),
        (f"fetch({URL}, method='POST', json=[1], params={{'a': 1}})", "POST", "https://a.example/x?a=1", b"[1]"),
        ("requests.get('http://us%20er:p@BÜCHER.example:8080/ä b')", "GET", "http://xn--bcher-kva.example:8080/%C3%A4%20b", None),
        ("requests.get('https://[::1]:8443')", "GET", "https://[::1]:8443/", None),
    ],
)  # fmt: skip
def test_call_is_sent_as_requests_would(sent, call, method, url, body):
    asked = sent(call)
    assert (asked["method"], asked["url"], asked.get("body")) == (method, url, body)


def test_headers_are_those_of_the_call_over_those_of_the_session(sent):
    before = (
        "s = requests.Session()\ns.headers['X-One'] = '1'\ns.headers.update({'x-two': '2'})\ns.headers['User-Agent'] = 'mine'"
    )
    asked = sent(f"s.get({URL}, headers={{'X-TWO': 'two', 'Accept': None}})", before)
    assert headers_of(asked) == {"user-agent": "mine", "x-one": "1", "x-two": "two"}


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ("auth=('user', 'pass')", "authorization", "Basic dXNlcjpwYXNz"),
        ("auth=requests.auth.HTTPBasicAuth('user', 'pass')", "authorization", "Basic dXNlcjpwYXNz"),
        ("cookies={'a': '1', 'b': '2'}", "cookie", "a=1; b=2"),
        ("json={}", "content-type", "application/json"),
        ("data={'a': 1}", "content-type", "application/x-www-form-urlencoded"),
        ("data='x', headers={'Content-Type': 'text/csv'}", "content-type", "text/csv"),
    ],
)
def test_option_becomes_a_header(sent, options, name, value):
    assert headers_of(sent(f"requests.request('POST', {URL}, {options})"))[name] == value


@pytest.mark.parametrize("body", ["data='a=1'", "data=b'a=1'", "data=''", "data=iter(['a=1'])"])
def test_text_and_bytes_have_no_content_type_of_their_own(sent, body):
    assert "content-type" not in headers_of(sent(f"requests.post({URL}, {body})"))


def test_name_and_password_of_the_url_become_a_header_and_leave_the_url(sent):
    asked = sent("requests.get('https://user:pa%20ss@a.example/x')")
    assert (asked["url"], headers_of(asked)["authorization"]) == ("https://a.example/x", "Basic dXNlcjpwYSBzcw==")


def test_own_authentication_is_called(sent):
    before = """
class Token(requests.auth.AuthBase):
    def __init__(self, token):
        self.token = token
    def __call__(self, r):
        r.headers["Authorization"] = "Bearer " + self.token
        return r
"""
    assert headers_of(sent(f"requests.get({URL}, auth=Token('t'))", before))["authorization"] == "Bearer t"


def test_files_are_sent_as_parts(sent):
    asked = sent(f"requests.post({URL}, data={{'a': 'b'}}, files={{'f': ('n.csv', b'1,2', 'text/csv')}})")
    kind = headers_of(asked)["content-type"]
    boundary = kind.removeprefix("multipart/form-data; boundary=")
    lines = asked["body"].decode().split("\r\n")
    assert lines[0] == f"--{boundary}"
    assert 'Content-Disposition: form-data; name="f"; filename="n.csv"' in lines
    assert lines[-2:] == [f"--{boundary}--", ""]


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [
        ("timeout=2", "connect_timeout", 2),
        ("timeout=2", "read_timeout", 2),
        ("timeout=(1, 2)", "connect_timeout", 1),
        ("timeout=(1, 2)", "read_timeout", 2),
        ("timeout=(None, 2)", "connect_timeout", None),
        ("timeout=(None, 2)", "read_timeout", 2),
        ("allow_redirects=False", "redirect", "manual"),
        ("verify=False", "verify", False),
        ("verify=True", "verify", None),
    ],
)
def test_option_reaches_the_host(sent, options, name, value):
    assert sent(f"requests.get({URL}, {options})").get(name) == value


def test_redirects_follow_the_rules_of_requests(sent):
    assert sent(f"requests.put({URL}, data='x')")["redirect_rules"] == "requests"
    assert sent(f"requests.Session().delete({URL})")["redirect_rules"] == "requests"
    assert "redirect_rules" not in sent(f"requests.put({URL}, allow_redirects=False)")
    assert "redirect_rules" not in sent(f"fetch({URL}, method='PUT')")


def test_verify_of_a_session_does_not_count(sent):
    assert "verify" not in sent(f"s.get({URL})", "s = requests.Session()\ns.verify = False")


def test_head_follows_no_redirect_unless_told(sent):
    assert sent(f"requests.head({URL})")["redirect"] == "manual"
    assert "redirect" not in sent(f"requests.head({URL}, allow_redirects=True)")


@pytest.mark.parametrize(
    ("cache", "wanted"),
    [("60", {"seconds": 60}), ("{'seconds': 5, 'key': 'k'}", {"seconds": 5, "key": "k"}), ("None", None), ("False", None)],
)
def test_cache_reaches_the_host(sent, cache, wanted):
    assert sent(f"fetch({URL}, cache={cache})").get("cache") == wanted


@pytest.mark.parametrize("cache", ["0", "'x'", "True", "{'key': 1}", "{'other': 1}", "{'seconds': -1}"])
def test_cache_that_makes_no_sense_is_refused(says, cache):
    assert "cache" in says(f"fetch({URL}, cache={cache})").message
