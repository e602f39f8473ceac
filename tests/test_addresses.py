"""Addresses as people write them."""

import pytest

from transformer.addresses import host_and_port, http_base, is_loopback


@pytest.mark.parametrize(
    ("text", "both"),
    [("127.0.0.1:1", ("127.0.0.1", 1)), ("[::1]:65535", ("[::1]", 65535)), ("a.test:0", ("a.test", 0))],
)
def test_host_and_port(text, both):
    assert host_and_port(text) == both


@pytest.mark.parametrize("text", ["", "host", "host:", ":1", "host:x", "host:65536", "host:-1"])
def test_what_is_neither(text):
    with pytest.raises(ValueError, match=r"^.* is not host:port$"):
        host_and_port(text)


@pytest.mark.parametrize("text", ["http://a", " https://a.test:8443/path/ ", "http://user:word@[::1]:1"])
def test_where_a_service_speaks_http(text):
    assert str(http_base(text)).rstrip("/") == text.strip().rstrip("/")


@pytest.mark.parametrize("text", ["", "a", "//a", "ftp://a", "http://", "http://a?b=c", "http://a#b", "http://[::"])
def test_what_no_service_can_be_asked_at(text):
    with pytest.raises(ValueError, match=r"^write http://HOST or https://HOST, with a path at most$"):
        http_base(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_only_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.test", "127.0.0.1.test"])
def test_other_machines(host):
    assert not is_loopback(host)
