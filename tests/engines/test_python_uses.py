"""What reading Python code tells about what it asks its host for, and what that means for its manifest."""

import ast

import pytest

from transformer.capabilities import Capabilities, CapabilitiesError
from transformer.engines.python.uses import find_uses
from transformer.uses import Use, hold_against


def found(source):
    return [(use.kind, use.what) for use in find_uses(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("import requests\nrequests.get('https://a.example/x')", "a.example:443"),
        ("import requests\nrequests.get('https://a.example')", "a.example:443"),
        ("import requests\nrequests.get(url='http://a.example?x=1')", "a.example:80"),
        ("import requests as r\nr.post('https://A.example:8443/x')", "a.example:8443"),
        ("import requests\nrequests.api.put('https://a.example/x')", "a.example:443"),
        ("import requests\nrequests.request('GET', 'https://a.example/x')", "a.example:443"),
        ("import requests\nrequests.request(method='GET', url='https://a.example/x')", "a.example:443"),
        ("import requests\nrequests.Request('GET', 'https://a.example/x')", "a.example:443"),
        ("from requests import get as g\ng('https://a.example/x')", "a.example:443"),
        ("from requests.api import delete\ndelete('https://a.example/x')", "a.example:443"),
        ("from requests import Session\nSession().get('https://a.example/x')", "a.example:443"),
        ("import requests\ns = requests.Session()\ndef f():\n    s.get('https://a.example/x')", "a.example:443"),
        ("import requests\nwith requests.Session() as s:\n    s.head('https://a.example/x')", "a.example:443"),
        ("import requests\nclass A:\n    def f(self):\n        self.s = requests.session()\n        self.s.get('https://a.example/x')", "a.example:443"),
        ("import requests\nclass S(requests.Session):\n    pass\ns = S()\ns.get('https://a.example/x')", "a.example:443"),
        ("fetch('https://a.example/x')", "a.example:443"),
        ("fetch('https://us:er@a.example/x')", "a.example:443"),
        ("fetch('https://[::1]:8443/x')", "[::1]:8443"),
        ("fetch('https://bücher.example/x')", "xn--bcher-kva.example:443"),
        ("fetch('https://a.example/' + x)", "a.example:443"),
        ("fetch(f'https://a.example/{x}')", "a.example:443"),
        ("fetch('https://a.example/%s' % x)", "a.example:443"),
        ("fetch('https://a.example/{}'.format(x))", "a.example:443"),
        ("BASE = 'https://a.example/v1'\nfetch(BASE + '/x')", "a.example:443"),
        ("HOST = 'a.example'\nBASE = f'https://{HOST}'\nfetch(f'{BASE}/x')", "a.example:443"),
        ("fetch('https://' + x)", None),
        ("fetch('https://a.' + x)", None),
        ("fetch(f'https://{x}.example/')", None),
        ("fetch('https://%s/' % x)", None),
        ("BASE = 'https://a.example'\nBASE = 'https://b.example'\nfetch(BASE)", None),
        ("BASE = 'https://a.example'\ndef f(BASE):\n    fetch(BASE)", None),
        ("BASE = 'https://a.example/'\nBASE += x\nfetch(BASE)", None),
        ("fetch(*x)", None),
        ("fetch(event['url'])", None),
    ],
)  # fmt: skip
def test_host_is_found_or_said_to_be_unknown(source, host):
    assert found(source) == [("hosts", host)]


@pytest.mark.parametrize(
    "source",
    [
        "def fetch(x):\n    pass\nfetch('https://a.example/')",
        "kv = {}\nkv.get('a')",
        "def f(lookup):\n    lookup('plans', 1)",
        "cache = {}\ncache.get('https://a.example/')",
        "getCredential(None)\ngetCredential()\ngetCredential(1)\ngetCredential('')",
        "x = 'https://a.example/'",
    ],
)
def test_what_is_no_host_call_is_none(source):
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("lookup('plans', x)", ("tables", "plans")),
        ("NAME = 'plans'\nlookup(NAME, x)", ("tables", "plans")),
        ("lookup(table='plans', key=x)", ("tables", "plans")),
        ("lookup(x, 1)", ("tables", None)),
        ("getCredential('KEY')", ("secrets", "KEY")),
        ("getCredential(x)", ("secrets", None)),
        ("geolocation(x)", ("geolocation", "")),
        ("kv.get('seen/' + x)", ("kv", "seen/")),
        ("kv.increment(f'{x}')", ("kv", "")),
        ("kv.set_many(x)", ("kv", "")),
    ],
)
def test_other_uses_are_found(source, use):
    assert found(source) == [use]


def test_what_repeats_itself_for_ever_is_not_followed():
    assert found("a = b\nb = a\nfetch(a)") == [("hosts", None)]


USES = [
    Use("hosts", "a.example:443", 1, 1),
    Use("hosts", "a.example:443", 2, 1),
    Use("hosts", "b.example:8443", 3, 1),
    Use("tables", "plans", 4, 1),
    Use("secrets", "KEY", 5, 1),
    Use("kv", "seen/", 6, 1, goes_on=True),
    Use("geolocation", "", 7, 1),
]
BLOCK = 'capabilities: {hosts: [a.example, "b.example:8443"], tables: [plans], secrets: [KEY], kv: "seen/", geolocation: true}'


def test_what_is_not_declared_is_told_once_with_all_that_the_manifest_lacks():
    problems, warnings = hold_against(USES, Capabilities())
    assert [problem.line for problem in problems] == [1, 3, 4, 5, 6, 7]
    assert problems[0].message == f"the host a.example is not declared; write into the manifest beside the code: {BLOCK}"
    assert all(problem.message.endswith(BLOCK) for problem in problems)
    assert warnings == []


def test_problems_stand_in_the_order_of_their_lines():
    uses = [Use("secrets", "A", 1, 1), Use("secrets", "B", 2, 1), Use("secrets", "A", 3, 1), Use("secrets", "C", 4, 1)]
    assert [problem.line for problem in hold_against(uses, Capabilities())[0]] == [1, 2, 4]


def test_the_block_is_one_that_the_manifest_takes_and_ends_the_matter():
    import yaml

    declared = Capabilities.from_manifest(yaml.safe_load(BLOCK)["capabilities"])
    assert hold_against(USES, declared) == ([], [])


@pytest.mark.parametrize(
    ("use", "declared", "holds"),
    [
        (Use("hosts", "x.a.example:443", 1, 1), Capabilities(hosts=("*.a.example",)), True),
        (Use("hosts", "x.a.example:444", 1, 1), Capabilities(hosts=("*.a.example",)), False),
        (Use("hosts", "[::1]:8443", 1, 1), Capabilities(hosts=("[::1]:8443",)), True),
        (Use("hosts", "x.a.example:444", 1, 1), Capabilities(hosts=("*.a.example:*",)), True),
        (Use("hosts", "b.example:444", 1, 1), Capabilities(hosts=("*.a.example:*",)), False),
        (Use("hosts", "[::1]:8443", 1, 1), Capabilities(hosts=("*:*",)), True),
        (Use("kv", "seen/x", 1, 1), Capabilities(kv="seen/"), True),
        (Use("kv", "seen", 1, 1, goes_on=True), Capabilities(kv="seen/"), True),
        (Use("kv", "seen", 1, 1), Capabilities(kv="seen/"), False),
        (Use("kv", "other/", 1, 1, goes_on=True), Capabilities(kv="seen/"), False),
        (Use("kv", "", 1, 1, goes_on=True), Capabilities(kv=""), True),
    ],
)
def test_use_is_covered_by_what_is_declared(use, declared, holds):
    assert (hold_against([use], declared)[0] == []) is holds


@pytest.mark.parametrize("anywhere", ["*", "*:*"])
def test_whoever_may_go_anywhere_need_not_say_where(anywhere):
    declared = Capabilities.from_manifest({"hosts": [anywhere]})
    assert hold_against([Use("hosts", None, 3, 4)], declared) == ([], [])


@pytest.mark.parametrize("port", [":0", ":65536", ":**", ":*1", ":"])
def test_ports_are_numbers_or_any(port):
    with pytest.raises(CapabilitiesError, match="is no host"):
        Capabilities.from_manifest({"hosts": [f"a.example{port}"]})


@pytest.mark.parametrize("kind", ["hosts", "tables", "secrets"])
def test_what_cannot_be_told_is_a_warning(kind):
    problems, (warning,) = hold_against([Use(kind, None, 3, 4)], Capabilities(hosts=("a.example",)))
    assert (problems, warning.line, warning.column) == ([], 3, 4)
    assert "while the code runs" in warning.message


def test_any_host_is_no_reason_for_a_warning():
    assert hold_against([Use("hosts", None, 1, 1)], Capabilities(hosts=("*",))) == ([], [])
