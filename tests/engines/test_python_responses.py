"""What Python code gets back: responses, exceptions, retries and cookies as `requests` has them."""

import pytest

from tests.engines.answering import headers_of, http
from transformer.wire.calls import CallError

URL = "'https://a.example/x'"


@pytest.mark.parametrize(
    ("read", "value"),
    [
        ("r.status_code", 200),
        ("r.ok", True),
        ("bool(r)", True),
        ("r.json()", {"ä": 1}),
        ("r.text", '{"ä": 1}'),
        ("r.content.decode()", '{"ä": 1}'),
        ("r.headers['CONTENT-type']", "application/json"),
        ("r.headers.get('nothing')", None),
        ("dict(r.headers)", {"Content-Type": "application/json", "Set-Cookie": "a=1; Path=/, b=2"}),
        ("r.cookies.get('a')", "1"),
        ("r.cookies.get_dict()", {"a": "1", "b": "2"}),
        ("r.cookies['b']", "2"),
        ("r.url", "https://a.example/x"),
        ("r.reason", "Fine"),
        ("r.encoding", "utf-8"),
        ("r.history[0].status_code", 302),
        ("r.elapsed.total_seconds()", 0.25),
        ("r.request.method", "GET"),
        ("r.raise_for_status()", None),
        ("list(r.iter_lines())[0].decode()", '{"ä": 1}'),
        ("b''.join(r.iter_content(3)).decode()", '{"ä": 1}'),
        ("r.is_redirect", False),
        ("r.cached", False),
        ("requests.codes.ok == r.status_code == requests.codes['okay']", True),
        ("requests.utils.dict_from_cookiejar(r.cookies)", {"a": "1", "b": "2"}),
        ("type(r).__name__", "Response"),
        ("isinstance(r, requests.Response)", True),
        ("str(r)", "<Response [200]>"),
    ],
)
def test_response_reads_as_that_of_requests(says, read, value):
    headers = (("Content-Type", "application/json"), ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"))
    answer = http(200, '{"ä": 1}'.encode(), headers, elapsed=0.25, history=[http(302)])
    assert says(f"[{read} for r in [requests.get({URL})]][0]", lambda *_: answer) == value


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ((("Content-Type", "text/plain"),), b"\xe4", "ä"),
        ((("Content-Type", "text/plain; charset=utf-8"),), "ä".encode(), "ä"),
        ((("Content-Type", "text/plain; charset=no-such"),), "ä".encode(), "ä"),
        ((), "ä".encode(), "ä"),
        ((), b"\xe4", "ä"),
    ],
)
def test_text_is_decoded_as_the_headers_say_or_as_it_seems(says, headers, body, text):
    assert says(f"requests.get({URL}).text", lambda *_: http(200, body, headers)) == text


def test_status_of_400_raises_when_asked_to_and_names_no_query(says):
    before = "def tell(call):\n    try:\n        call()\n    except requests.exceptions.HTTPError as w:\n        return [str(w), w.response.status_code]\n"
    answer = http(404) | {"url": "https://u:p@a.example/x?token=secret"}
    told = says(f"tell(lambda: requests.get({URL}).raise_for_status())", lambda *_: answer, before)
    assert told == ["404 Client Error: Fine for url: https://a.example/x", 404]


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (CallError("timeout", "late", {"phase": "connect"}), "ConnectTimeout"),
        (CallError("timeout", "late", {"phase": "read"}), "ReadTimeout"),
        (CallError("timeout", "late"), "ReadTimeout"),
        (CallError("connection", "gone", {"why": "dns"}), "ConnectionError"),
        (CallError("connection", "gone", {"why": "tls"}), "SSLError"),
        (CallError("refused", "not declared", {"why": "undeclared"}), "ConnectionError"),
        (CallError("invalid", "bad"), "InvalidURL"),
        (CallError("invalid", "bad", {"why": "header"}), "InvalidHeader"),
        (CallError("status", "on and on", {"why": "redirects"}), "TooManyRedirects"),
        (CallError("too_large", "big"), "ContentDecodingError"),
        (CallError("busy", "enough"), "RequestException"),
        (CallError("unsupported", "no"), "RequestException"),
    ],
)
@pytest.mark.parametrize("call", [f"requests.get({URL})", f"fetch({URL})"])
def test_failure_has_the_exception_that_code_catches(says, error, name, call):
    before = "def tell(call):\n    try:\n        call()\n    except requests.exceptions.RequestException as w:\n        return [type(w).__name__, str(w)]\n"
    assert says(f"tell(lambda: {call})", lambda *_: error, before) == [name, error.message]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("requests.get('a.example')", "MissingSchema: Invalid URL: no scheme supplied; write https:// before it."),
        ("requests.get('file:///etc/passwd')", "InvalidSchema: No connection adapters were found: the scheme 'file' is not supported, http and https are."),
        ("requests.get('https://')", "InvalidURL: Invalid URL: no host supplied."),
        ("requests.get('https://a:b:c/')", "InvalidURL: Invalid URL: its host or port cannot be read."),
        (f"requests.get({URL}, headers={{'a': 'b\\r\\nc: d'}})", "InvalidHeader: Invalid header a: its value must be text of one line, in characters up to U+00FF."),
        (f"requests.get({URL}, headers={{'a b': 'c'}})", "InvalidHeader: Invalid header: a name must be a word of letters, digits and hyphens."),
        (f"requests.get({URL}, headers={{'a': 1}})", "InvalidHeader: Invalid header a: its value must be text of one line, in characters up to U+00FF."),
        (f"requests.post({URL}, json={{'a': float('nan')}})", "InvalidJSONError: Out of range float values are not JSON compliant"),
        (f"requests.get({URL}, timeout=-1)", "ValueError: timeout must be a number of seconds above 0, or a pair of them: (connect, read)"),
        (f"requests.request('G T', {URL})", "ValueError: the method of a request must be a word, as GET"),
    ],
)  # fmt: skip
def test_request_that_makes_no_sense_is_never_sent(run, call, text):
    told, asked = run(f"import requests\ndef transformEvent(event, metadata):\n    return {call}\n")
    assert (told.message.partition(": nan")[0], asked) == (text, [])


def test_body_that_is_no_json_raises_both_kinds_of_error(says):
    before = "import json\ndef tell(r):\n    try:\n        r.json()\n    except json.JSONDecodeError as w:\n        return isinstance(w, requests.exceptions.JSONDecodeError)\n"
    assert says(f"tell(requests.get({URL}))", lambda *_: http(body=b"<html>"), before) is True


RETRYING = """
import requests
from requests.adapters import HTTPAdapter
from requests.packages.urllib3.util.retry import Retry
s = requests.Session()
s.mount("https://a.example", HTTPAdapter(max_retries={policy}))
def transformEvent(event, metadata):
    try:
        return s.{call}.status_code
    except requests.exceptions.RequestException as wrong:
        return type(wrong).__name__
"""
LATE = CallError("timeout", "late", {"phase": "read"})
UNREACHED = CallError("connection", "gone", {"why": "connect"})


@pytest.mark.parametrize(
    ("policy", "call", "answers", "outcome"),
    [
        ("Retry(total=5, status_forcelist=[500])", "get('https://a.example/x')", [500, 200], 200),
        ("Retry(total=2, status_forcelist=[500])", "get('https://a.example/x')", [500, 500, 500], "RetryError"),
        ("Retry(total=2, status_forcelist=[500], raise_on_status=False)", "get('https://a.example/x')", [500, 500, 500], 500),
        ("Retry(total=5, status=1, status_forcelist=[500])", "get('https://a.example/x')", [500, 500], "RetryError"),
        ("Retry(total=5, status_forcelist=[500])", "get('https://b.example/x')", [500], 500),
        ("Retry(total=5, status_forcelist=[503])", "get('https://a.example/x')", [500], 500),
        ("Retry(total=5, status_forcelist=[500])", "post('https://a.example/x')", [500], 500),
        ("Retry(total=5, status_forcelist=[500], allowed_methods=None)", "post('https://a.example/x')", [500, 200], 200),
        ("Retry(total=5, status_forcelist=[500], method_whitelist=['POST'])", "post('https://a.example/x')", [500, 200], 200),
        ("3", "get('https://a.example/x')", [LATE, UNREACHED, 200], 200),
        ("1", "get('https://a.example/x')", [UNREACHED, UNREACHED], "ConnectionError"),
        ("3", "post('https://a.example/x')", [LATE], "ReadTimeout"),
        ("3", "post('https://a.example/x')", [UNREACHED, 200], 200),
        ("Retry(total=3, connect=0)", "get('https://a.example/x')", [UNREACHED], "ConnectionError"),
        ("Retry(total=3, read=False)", "get('https://a.example/x')", [LATE], "ReadTimeout"),
        ("3", "get('https://a.example/x')", [CallError("connection", "no", {"why": "tls"})], "SSLError"),
        ("0", "get('https://a.example/x')", [UNREACHED], "ConnectionError"),
    ],
)
def test_policy_of_retries_is_followed(run, policy, call, answers, outcome):
    left = list(answers)

    def answer(_kind, _arguments):
        value = left.pop(0)
        return http(value) if isinstance(value, int) else value

    returned, _ = run(RETRYING.format(policy=policy, call=call), answer)
    assert (returned, left) == (outcome, [])


def test_waits_between_retries_are_the_hosts(run):
    left = [http(503, headers=(("Retry-After", "2"),)), http(500), http(500), http(200)]
    policy = "Retry(total=5, status_forcelist=[500, 503], backoff_factor=0.5)"
    _, asked = run(RETRYING.format(policy=policy, call="get('https://a.example/x')"), lambda *_: left.pop(0))
    assert [arguments.get("delay") for _, arguments in asked] == [None, 2.0, 1.0, 2.0]


def test_retries_end_where_the_time_of_a_call_is_over(run):
    policy = "Retry(total=50, status_forcelist=[500], backoff_factor=40)"
    returned, asked = run(RETRYING.format(policy=policy, call="get('https://a.example/x')"), lambda *_: http(500))
    assert (returned, len(asked)) == ("ReadTimeout", 2)


def test_own_adapter_keeps_its_policy_and_its_send_is_not_called(run):
    source = RETRYING.format(policy="1", call="get('https://c.example/x')").replace(
        "s = requests.Session()",
        "class Mine(HTTPAdapter):\n    def send(self, request, **options):\n        raise ValueError('called')\n"
        "s = requests.Session()\ns.mount('https://c.example', Mine(max_retries=Retry(total=1, status_forcelist=[500])))",
    )
    left = [http(500), http(200)]
    assert run(source, lambda *_: left.pop(0))[0] == 200


def test_nothing_of_a_bare_call_stays(run):
    source = f"""
import requests
def transformEvent(event, metadata):
    requests.get({URL}, headers={{"X": "1"}}, auth=("a", "b"), cookies={{"c": "d"}}, params={{"q": "1"}})
    requests.get({URL})
"""
    _, asked = run(source, lambda *_: http(headers=(("Set-Cookie", "leaky=secret"),)))
    assert headers_of(asked[1][1]).keys() == {"user-agent", "accept"}
    assert asked[1][1]["url"] == "https://a.example/x"


def test_session_sends_cookies_only_where_they_came_from(run):
    source = """
import requests
def transformEvent(event, metadata):
    s = requests.Session()
    for url in ("https://a.example/in/x", "https://a.example/in/y", "https://a.example/out", "https://b.example/in/x", "http://a.example/in/"):
        s.get(url)
"""

    def answer(_kind, arguments):
        return http(headers=(("Set-Cookie", "k=v; Secure; HttpOnly"),)) | {"url": arguments["url"]}

    _, asked = run(source, answer)
    assert [headers_of(arguments).get("cookie") for _, arguments in asked] == [None, "k=v", None, None, None]


def test_hook_changes_the_response(says):
    before = "def hook(response, **options):\n    response.headers['X-Hook'] = '1'\n    return response\n"
    read = f"requests.get({URL}, hooks={{'response': [hook]}}).headers['x-hook']"
    assert says(read, before=before) == "1"


def test_digest_is_answered_when_asked_for(run):
    left = [http(401, headers=(("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth", opaque="o"'),)), http(200)]
    source = f"import requests\ndef transformEvent(event, metadata):\n    return requests.get({URL}, auth=requests.auth.HTTPDigestAuth('u', 'p')).status_code\n"
    returned, asked = run(source, lambda *_: left.pop(0))
    proof = headers_of(asked[1][1])["authorization"]
    assert returned == 200
    assert proof.startswith('Digest username="u", realm="r", nonce="n", uri="/x", response="')
    assert "p" not in proof.replace("response", "").replace("opaque", "").replace("qop", "").split("=")
