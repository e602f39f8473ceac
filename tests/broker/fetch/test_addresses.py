"""Which addresses may be connected to. Every refused one is a way into somebody's network."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.broker.fetch import addresses
from transformer.broker.fetch.addresses import ForbiddenAddressError, Networks, parse_networks

REFUSED = """\
127.0.0.1 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.100.100.200
100.127.255.255 169.254.169.254 169.254.0.1 168.63.129.16 192.0.0.1 192.0.0.192 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.1
203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 ff0e::1 2001:db8::1 3fff::1 100::1 5f00::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 ::127.0.0.1 ::ffff:0:127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::8.8.8.8
2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001::1
2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:10.0.0.1
""".split()  # noqa: SIM905 - lines of addresses are easier to read

ALLOWED = """\
8.8.8.8 1.1.1.1 93.184.215.14 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 2606:4700:4700::1111 2a00:1450::1
::ffff:8.8.8.8 64:ff9b::8.8.8.8 64:ff9b::808:808
"""

NO_ADDRESSES = [
    "",
    "localhost",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1:80",
    "[::1]",
    "1.2.3",
    "\N{ARABIC-INDIC DIGIT ONE}.1.1.1",
]


@pytest.fixture(autouse=True)
def nothing_is_ours(monkeypatch):
    """The machine that tests run on may have any address."""
    monkeypatch.setattr(addresses, "_is_ours", lambda _: False)


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public_is_refused(address):
    assert not Networks().allows(address)


@pytest.mark.parametrize("address", ALLOWED.split())
def test_what_is_public_is_allowed(address):
    assert Networks().allows(address)


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_plain_address_is_refused(text):
    assert not Networks(parse_networks("0.0.0.0/0, ::/0")).allows(text)


@given(
    st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]),
    st.data(),
)
def test_no_disguise_makes_a_private_address_public(network, data):
    inside = ipaddress.ip_network(network)
    address = inside[data.draw(st.integers(0, inside.num_addresses - 1))]
    six = ipaddress.IPv6Address(0xFFFF << 32 | int(address))
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(address))
    tunnelled = ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80)
    assert not any(Networks().allows(str(one)) for one in (address, six, translated, tunnelled))


def test_the_operator_opens_networks_and_nothing_beside_them():
    networks = Networks(parse_networks("10.1.0.0/16, fd00:1::/32,127.0.0.1/32"))
    assert all(networks.allows(one) for one in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00:1::7", "127.0.0.1"))
    assert not any(networks.allows(one) for one in ("10.2.0.1", "fd00:2::1", "127.0.0.2", "::1", "169.254.169.254"))


def test_a_public_address_of_this_machine_is_refused(monkeypatch):
    monkeypatch.undo()
    assert addresses._is_ours(ipaddress.ip_address("127.0.0.1"))
    monkeypatch.setattr(addresses, "_is_ours", lambda address: str(address) == "8.8.8.8")
    assert [Networks().allows("8.8.8.8"), Networks().allows("8.8.4.4")] == [False, True]
    assert Networks(parse_networks("8.8.8.8/32")).allows("8.8.8.8")


def test_a_socket_is_opened_for_allowed_addresses_only():
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(ForbiddenAddressError):
        Networks().open_socket(info)
    Networks(parse_networks("127.0.0.0/8")).open_socket(info).close()


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "everything"])
def test_a_slip_in_the_networks_is_named(text):
    with pytest.raises(ValueError) as caught:
        parse_networks(f"10.1.0.0/16, {text}")
    assert str(caught.value) == f"'{text}' is no network; write one as 10.1.0.0/16 or fd00::/8"
