"""Where code may go: what its version declares, within what the operator allows, to public addresses. On every redirect, too."""

import pytest

from tests.broker.fetch.upstream import Upstream
from transformer.broker.fetch import Fetch
from transformer.broker.fetch.rules import HostRules, parse_hosts
from transformer.settings import Settings, SettingsError

INSIDE = ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::127.0.0.1]", "0.0.0.0", "[::]"]
NUMBERS = ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "①②⑦.0.0.1"]


@pytest.mark.parametrize("host", INSIDE + NUMBERS)
async def test_no_spelling_of_this_machine_is_reached(open_fetch, upstream, host):
    calls = open_fetch("*", f"*:{upstream.port}", fetch_private="")
    kind, _, _ = await calls.failed(f"http://{host}:{upstream.port}/")
    assert kind in {"refused", "invalid", "connection"}
    assert upstream.seen == []


@pytest.mark.parametrize("host", ["inside.test", "inside.test.", "six.test", "mapped.test", "metadata.test"])
async def test_no_name_of_a_private_address_is_reached(open_fetch, names, upstream, host):
    names.names |= {
        "inside.test": ["127.0.0.1"],
        "six.test": ["::1"],
        "mapped.test": ["::ffff:127.0.0.1"],
        "metadata.test": ["169.254.169.254"],
    }
    calls = open_fetch(f"*:{upstream.port}", fetch_private="")
    kind, why, told = await calls.failed(f"http://{host}:{upstream.port}/")
    assert (kind, why, upstream.seen) == ("refused", "private", [])
    assert told == "fetch: the host has no public address, and no other may be reached (fetch_private)"


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/",
        "http://[::1]:{port}/",
        "http://169.254.169.254/latest/meta-data",
        "http://inside.test:{port}/",
    ],
)
async def test_no_redirect_leads_to_a_private_address(open_fetch, names, upstream, to):
    names.names["inside.test"] = ["127.0.0.2"]
    async with Upstream(host="127.0.0.2") as inside:
        calls = open_fetch("*", f"*:{upstream.port}", f"*:{inside.port}")
        kind, why, _ = await calls.failed(f"{upstream.url}/redirect?to=" + to.format(port=inside.port))
        assert (kind, why, inside.seen, len(upstream.seen)) == ("refused", "private", [], 1)


async def test_what_is_not_declared_is_refused_before_anybody_is_asked(open_fetch, names, upstream):
    calls = open_fetch("other.test", "*.example.test")
    kind, why, told = await calls.failed(f"http://user:s3cret@evil.test:{upstream.port}/path?token=s3cret")
    assert (kind, why) == ("refused", "undeclared")
    assert (
        told
        == f"fetch: evil.test:{upstream.port} is not among the hosts that the manifest declares; add it to capabilities.hosts"
    )
    for host in ("other.test.evil.test", "example.test", "evilexample.test", "other.test@evil.test", "evil.test#other.test"):
        assert (await calls.failed(f"http://{host}/"))[1] == "undeclared"
    assert names.asked == []


async def test_redirects_lead_to_declared_hosts_only(open_fetch, upstream):
    async with Upstream() as other:
        calls = open_fetch(f"127.0.0.1:{upstream.port}")
        kind, why, _ = await calls.failed(f"{upstream.url}/redirect?to={other.url}/")
        assert (kind, why, other.seen) == ("refused", "undeclared", [])


async def test_the_operator_bounds_what_versions_declare(open_fetch, upstream):
    allowed = f"shop=127.0.0.1:{upstream.port} *.example.test, trial=, *=other.test"
    calls = open_fetch("*", f"*:{upstream.port}", fetch_hosts=allowed)
    assert (await calls(upstream.url))["status"] == 200
    for workspace in ("trial", "somebody"):
        kind, why, told = await calls.failed(upstream.url, workspace=workspace)
        assert (kind, why) == ("refused", "operator")
        assert (
            told
            == f"fetch: the operator of this server does not let this workspace reach 127.0.0.1:{upstream.port} (fetch_hosts)"
        )
    assert (await calls.failed(f"{upstream.url}/redirect?to=http://elsewhere.test/"))[:2] == ("refused", "operator")


def test_rules_are_read_as_operators_write_them():
    rules = HostRules(parse_hosts("shop=api.example.com *.example.org:8443,*=a.example.com"))
    asked = [
        ("shop", "api.example.com", 443),
        ("shop", "api.example.com", 8443),
        ("shop", "x.example.org", 8443),
        ("shop", "a.example.com", 443),
    ]
    assert [rules.allow(*one) for one in asked] == [True, False, True, False]
    assert [rules.allow("trial", "a.example.com", 80), rules.allow("trial", "api.example.com", 80)] == [True, False]
    assert HostRules({}).allow("trial", "anything.example.com", 12345)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fetch_hosts", "api.example.com"),
        ("fetch_hosts", "shop=https://api.example.com"),
        ("fetch_hosts", "Shop=api.example.com"),
        ("fetch_hosts", "shop=api.example.com, shop=api.example.org"),
        ("fetch_private", "10.0.0.0/8,everywhere"),
        ("fetch_dns_servers", "dns.example.com"),
        ("fetch_dns_overrides", "api.example.com=elsewhere"),
        ("fetch_ca", "/nowhere/ca.pem"),
        ("fetch_ca", __file__),
    ],
)
def test_a_slip_in_a_setting_is_named_at_the_start(setting, value):
    with pytest.raises(SettingsError) as caught:
        Fetch(Settings(**{setting: value}))
    assert str(caught.value).startswith(f"{setting}: ")


async def test_no_error_tells_what_the_url_or_the_answer_hold(open_fetch, names, upstream):
    names.names["inside.test"] = ["10.0.0.1"]
    calls = open_fetch("*", f"*:{upstream.port}", reply_bytes=1024)
    secret = "s3cret"
    urls = [
        f"http://u:{secret}@inside.test/{secret}?k={secret}",
        f"http://{secret}:99999/",
        f"ftp://{secret}/",
        f"http://127.0.0.1:{upstream.port}/bytes?n=5000&k={secret}",
        f"http://127.0.0.1:{upstream.port}/redirect?to=ftp://{secret}/",
        f"http://127.0.0.1:{upstream.port}/loop?k={secret}",
        f"http://127.0.0.1:{upstream.port}/garbage?k={secret}",
        f"http://nowhere.test/{secret}",
    ]
    for url in urls:
        _, _, told = await calls.failed(url, headers={"X-Key": secret}, body=secret, method="POST")
        assert secret not in told
