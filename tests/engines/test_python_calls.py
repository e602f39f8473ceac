"""`getCredential`, `geolocation`, `kv` and `lookup` as Python code sees them, and wall 1 around all host calls."""

import json

import pytest

from tests.engines.answering import Answers, headers_of
from transformer.engines.base import Host, LoadError, Unavailable
from transformer.errors import Code
from transformer.wire.calls import CallError

URL = "'https://a.example/x'"


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("getCredential('KEY')", "the value"),
        ("getCredential('OTHER')", None),
        ("getCredential(None)", None),
        ("getCredential(1)", None),
        ("getCredential(True)", None),
        ("getCredential({})", None),
        ("getCredential([])", None),
        ("getCredential('')", None),
        ("getCredential('EMPTY')", ""),
    ],
)
def test_credential_is_what_the_table_says(says, call, value):
    kept = {"KEY": "the value", "OTHER": None, "EMPTY": ""}
    assert says(call, lambda _, arguments: kept[arguments["key"]]) == value


def test_credential_without_a_key_fails(says):
    assert "Key should be valid and defined" in says("getCredential()").message


def test_credential_is_asked_for_once_in_a_while(run):
    source = "def transformEvent(event, metadata):\n    return [getCredential('KEY') for _ in range(50)]\n"
    returned, asked = run(source, lambda *_: "v")
    assert returned == ["v"] * 50
    assert len(asked) < 50


def test_the_time_of_fetch_is_for_all_of_it(run):
    _, asked = run(f"def transformEvent(event, metadata):\n    return fetch({URL}, timeout=2).status_code\n", lambda *_: {"status": 200, "headers": [], "body": b"", "url": "", "reason": ""})  # fmt: skip
    assert (asked[0][1]["timeout"], asked[0][1].get("read_timeout")) == (2, None)


@pytest.mark.parametrize("call", ["geolocation()", "geolocation('a', 'b')", "geolocation(1)", "geolocation(True)", "geolocation(None)", "geolocation({})"])  # fmt: skip
def test_geolocation_of_anything_but_one_text_fails(run, call):
    told, asked = run(f"def transformEvent(event, metadata):\n    return {call}\n")
    assert "single string argument" in told.message
    assert asked == []


def test_geolocation_by_keyword_fails(says):
    assert says("geolocation(ip='1.2.3.4')").message


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CallError("unsupported", "no database"), "not supported"),
        (CallError("status", "the service said no", {"code": "400"}), "status code: 400"),
        (CallError("status", "status code: 429"), "status code: 429"),
    ],
)
def test_geolocation_fails_in_a_way_that_code_can_catch(says, error, text):
    before = "def tell():\n    try:\n        return geolocation('1.2.3.4')\n    except Exception as w:\n        return str(w)\n"
    assert text in says("tell()", lambda *_: error, before)


def test_trouble_of_the_platform_is_not_caught_by_except_exception(engine):
    source = "def transformEvent(event, metadata):\n    try:\n        return geolocation('1.2.3.4')\n    except Exception:\n        return {}\n"
    program = engine.load(source, "test", Answers(lambda *_: Unavailable("down")))
    with pytest.raises(Unavailable):
        program.call({}, None)


@pytest.mark.parametrize(
    ("call", "arguments", "answer", "value"),
    [
        ("kv.get('a')", {"op": "get", "keys": ["a"]}, {"values": [1]}, 1),
        ("kv.get('a', 7)", {"op": "get", "keys": ["a"]}, {"values": [None]}, 7),
        ("kv.get_many(['a', 'b', 'a'])", {"op": "get", "keys": ["a", "b"]}, {"values": [None, [1]]}, {"b": [1]}),
        ("kv.set('a', {'b': 1}, ttl=5)", {"op": "set", "items": {"a": {"b": 1}}, "ttl": 5}, None, None),
        ("kv.set_many({'a': 1, 'b': 2})", {"op": "set", "items": {"a": 1, "b": 2}, "ttl": None}, None, None),
        ("kv.increment('a')", {"op": "increment", "key": "a", "by": 1, "ttl": None}, 3, 3),
        ("kv.increment('a', 2.5, ttl=1)", {"op": "increment", "key": "a", "by": 2.5, "ttl": 1}, 2.5, 2.5),
        ("kv.set_if_absent('a', 1)", {"op": "set_if_absent", "key": "a", "value": 1, "ttl": None}, True, True),
        ("kv.delete('a', 'b')", {"op": "delete", "keys": ["a", "b"]}, 1, 1),
    ],
)
def test_kv_asks_and_answers(run, call, arguments, answer, value):
    returned, asked = run(f"def transformEvent(event, metadata):\n    return {call}\n", lambda *_: answer)
    assert (returned, asked) == (value, [("kv", arguments)])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("kv.get(1)", "TypeError: keys of kv are texts, not int"),
        ("kv.set('a', None)", "TypeError: kv keeps no None: use kv.delete()"),
        ("kv.set('a', 1, ttl=0)", "ValueError: ttl must be a number of seconds above 0"),
        ("kv.increment('a', '1')", "TypeError: kv.increment() adds numbers, not str"),
        ("kv.get_many('abc')", "TypeError: kv.get_many() takes a list of keys; for one there is kv.get()"),
    ],
)
def test_kv_that_makes_no_sense_is_never_asked(run, call, text):
    told, asked = run(f"def transformEvent(event, metadata):\n    return {call}\n")
    assert (told.message, asked) == (text, [])


def test_failed_call_says_why_in_one_word(says):
    before = "def tell():\n    try:\n        kv.get('a')\n    except HostCallError as w:\n        return [w.kind, str(w)]\n"
    assert says("tell()", lambda *_: CallError("refused", "kv is not declared"), before) == ["refused", "kv is not declared"]


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("lookup('plans', 'a')", {"n": 1}),
        ("lookup('plans', 'b')", None),
        ("lookup('plans', 'b', {})", {}),
        ("lookup('plans', None, 'x')", "x"),
    ],
)
def test_lookup_reads_a_table(says, call, value):
    assert says(call, tables={"plans": {"a": {"n": 1}}}) == value


def test_lookup_in_a_table_that_is_not_there_fails(says):
    assert says("lookup('none', 'a')").message == "HostCallError: there is no table 'none'"
    assert says("lookup(1, 'a')").message == "TypeError: lookup(table, key) takes the table's name, a text, not int"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("requests.utils.os", "module 'os': attribute access through 'requests.utils' is not allowed"),
        ("requests.logging.FileHandler", "module 'logging': attribute access through 'requests' is not allowed"),
        ("requests.packages.urllib3.PoolManager", "attribute access to 'PoolManager' of module 'urllib3' is not allowed"),
        ("requests.sessions.os", "module 'os': attribute access through 'requests.sessions' is not allowed"),
        ("requests.models.json", "attribute access to 'json' of module 'requests.models' is not allowed"),
    ],
)
def test_way_through_the_modules_is_refused(says, code, text):
    told = says(f"str({code})")
    assert told.code is Code.FORBIDDEN
    assert told.message.startswith(text)


def test_import_of_a_hidden_module_is_refused(engine):
    (problem,) = engine.check("from requests.utils import socket\ndef transformEvent(e, m):\n    return e\n", "t").problems
    assert problem.message == "Import of 'socket' from 'requests.utils' is not allowed: the name is non-importable here."


@pytest.mark.parametrize(
    "write",
    [
        "requests.Session.get = log",
        "requests.Response.ok = True",
        "requests.get.x = 1",
        "requests.exceptions.HTTPError.x = 1",
        "requests.codes.ok = 500",
        "kv.get = log",
        "fetch.x = 1",
        "requests.adapters.HTTPAdapter.send = log",
    ],
)
def test_what_programs_share_cannot_be_changed(says, write):
    before = f"def change():\n    {write}\n"
    assert says("change()", before=before).code is Code.FORBIDDEN


def test_attributes_of_own_objects_can_be_set(says):
    before = """
def change():
    s = requests.Session()
    s.headers["A"], s.auth, s.verify, s.params, s.max_redirects = "b", ("a", "b"), False, {"a": "b"}, 3
    r = s.get("https://a.example")
    r.encoding = "utf-8"
    r.headers["X"] = "1"
    r.status_code = 201
    return [r.status_code, r.headers["x"]]
"""
    assert says("change()", before=before) == [201, "1"]


def test_session_may_be_inherited_from(sent):
    before = """
class Api(requests.Session):
    def __init__(self, base):
        super().__init__()
        self._base = base
        self.headers["X-Key"] = "k"
    def request(self, method, url, *args, **options):
        return super().request(method, self._base + url, *args, **options)
"""
    asked = sent("Api('https://a.example').post('/x', json=1)", before)
    assert (asked["url"], headers_of(asked)["x-key"], asked["body"]) == ("https://a.example/x", "k", b"1")


def test_programs_do_not_share_a_session_class(engine):
    source = "import requests\ndef transformEvent(event, metadata):\n    return requests.Session\n"
    one, other = (engine.load(source, "test", Answers(lambda *_: None)).call({}, None) for _ in range(2))
    assert one is not other


def test_warnings_may_be_switched_off(says):
    before = (
        "import urllib3, warnings\nurllib3.disable_warnings()\nwarnings.filterwarnings('ignore')\n"
        "requests.packages.urllib3.disable_warnings(requests.packages.urllib3.exceptions.InsecureRequestWarning)\n"
        "with warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
    )
    assert says("callable(requests.warnings.filterwarnings)", before=before) is True


def test_code_that_calls_while_it_loads_is_told_when_it_cannot(engine):
    with pytest.raises(LoadError, match="fetch cannot be used here"):
        engine.load("fetch('https://a.example')\ndef transformEvent(e, m):\n    return e\n", "t", Host())


def test_results_are_json(says):
    assert json.dumps(says(f"requests.get({URL}).json()")) == "{}"
