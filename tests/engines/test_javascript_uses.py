"""What reading JavaScript tells about what it asks its host for."""

import pytest

from transformer.engines.javascript.spec import JAVASCRIPT


@pytest.fixture
def found(need, open_spec):
    """found(source) → what a check says that it asks for."""
    need("javascript")
    engine = open_spec(JAVASCRIPT)

    def find(source):
        report = engine.check(f"export function transformEvent(event, x) {{\n{source}\n}}", "test")
        assert not report.problems
        return [(use.kind, use.what, use.line) for use in report.uses]

    return find


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("fetch('https://a.example/x')", "a.example:443"),
        ('fetchV2("http://A.example")', "a.example:80"),
        ("fetch(`https://a.example:8443/${x}`)", "a.example:8443"),
        ("fetch('https://a.example/' + x, {method: 'POST'})", "a.example:443"),
        ("fetch(new URL('https://a.example/x'))", "a.example:443"),
        ("const r = new Request('https://a.example/x'); fetch(r)", "a.example:443"),
        ("fetch(new Request('https://a.example/x'))", "a.example:443"),
        ("const BASE = 'https://a.example'; fetch(BASE + '/x')", "a.example:443"),
        ("const HOST = 'a.example'; fetch(`https://${HOST}/x`)", "a.example:443"),
        ("fetch('https://b\\u00fccher.example/x')", "xn--bcher-kva.example:443"),
        ("fetch(('https://a.example/x'))", "a.example:443"),
        ("fetch('https://[::1]:8443/x')", "[::1]:8443"),
        ("fetch(`https://${x}.example/`)", None),
        ("fetch('https://a.' + x)", None),
        ("fetch(event.url)", None),
        ("fetch(...x)", None),
        ("let BASE = 'https://a.example'; BASE = x; fetch(BASE)", None),
        ("const BASE = 'https://a.example/'; [1].map((BASE) => fetch(BASE))", None),
    ],
)
def test_host_is_found_or_said_to_be_unknown(found, source, host):
    assert found(source) == [("hosts", host, 2)]


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("lookup('plans', x)", [("tables", "plans", 2)]),
        ("lookup(x, 1)", [("tables", None, 2)]),
        ("getCredential('KEY');\ngetCredential(`${x}`)", [("secrets", "KEY", 2), ("secrets", None, 3)]),
        ("geolocation(event.ip)", [("geolocation", "", 2)]),
        ("kv.get('visits/' + x)", [("kv", "visits/", 2)]),
        ("kv.setMany({a: 1})", [("kv", "", 2)]),
        ("const fetch = (y) => y; fetch('https://a.example/')", []),
        ("const f = (lookup) => lookup('plans', 1)", []),
        ("const kv = new Map(); kv.get('a')", []),
        ("const { kv } = x; kv.get('a')", []),
        ("getCredential(); getCredential(null); getCredential(1)", []),
        ("x.fetch('https://a.example/'); cache.lookup('plans')", []),
        ("const told = 'https://a.example/'", []),
    ],
)
def test_other_calls_are_found_and_what_is_none_is_not(found, source, uses):
    assert found(source) == uses


def test_types_do_not_hide_what_is_asked_for(need, open_spec):
    need("javascript")
    source = "export async function transformEvent(event: {a: number}): Promise<any> {\n  return fetch('https://a.example/' as string);\n}"
    report = open_spec(JAVASCRIPT).check(source, "test")
    assert [(use.kind, use.what, use.line, use.column) for use in report.uses] == [("hosts", "a.example:443", 2, 10)]
