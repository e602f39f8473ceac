"""Which addresses user code may be connected to: public ones, and what the operator opened. The heart of what stops SSRF.

It is asked about the very address that a socket is about to connect to, so a name that means another address a moment later
gains nothing. IPv6 addresses that carry an IPv4 one are judged by that, or refused where the packet would leave through a
translator or tunnel that nobody here set up.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final, TypeAlias

__all__ = ["Address", "ForbiddenAddressError", "Networks", "parse_networks"]

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# Everything else there is no use for, or Python knows as special, but not in every one of its releases.
_REFUSED: Final[tuple[_Network, ...]] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network; 0.0.0.0 is the machine itself on Linux
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade, and metadata of one cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # metadata and agents of one cloud, at a public address
        "169.254.0.0/16",  # link-local, and metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",  # reserved, and the broadcast address
        "2001::/23",  # Teredo, ORCHID, benchmarks …
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
    )
)
_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")  # all that was ever given out
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")  # NAT64: how networks without IPv4 reach it
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_LOW: Final = 0xFFFFFFFF


class ForbiddenAddressError(OSError):
    """User code may not be connected there. An OSError, since that is what those expect who make connections."""


class Networks:
    """The addresses that are allowed. `opened` is what the operator opened besides the public ones."""

    def __init__(self, opened: Iterable[_Network] = ()) -> None:
        self._opened = tuple(opened)

    def allows(self, text: str) -> bool:
        """Whether user code may be connected to this address. What is no address is not allowed."""
        try:
            address = _plain(ipaddress.ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if any(address.version == network.version and address in network for network in self._opened):
            return True
        return _is_public(address) and not _is_ours(address)

    def open_socket(
        self, info: tuple[socket.AddressFamily | int, socket.SocketKind | int, int, str, tuple[str | int, ...]]
    ) -> socket.socket:
        """A socket that will be connected to the address of `info`, as `getaddrinfo` gives it. For connectors to call.

        Raises:
            ForbiddenAddressError: nobody may be connected there.
        """
        family, kind, protocol, _, address = info
        if not self.allows(str(address[0])):
            raise ForbiddenAddressError("the address is not public")
        return socket.socket(family, kind, protocol)


def parse_networks(text: str) -> tuple[_Network, ...]:
    """Networks with commas between, as in 10.1.0.0/16, fd00::/8. Raises ValueError that names the one that is wrong."""
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise ValueError(f"{part!r} is no network; write one as 10.1.0.0/16 or fd00::/8") from None
    return tuple(found)


def _plain(address: Address) -> Address:
    """The IPv4 address inside of an IPv6 one that reaches just that; else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & _LOW)
    return address


def _is_public(address: Address) -> bool:
    if address.version == 6 and (address not in _GLOBAL_V6 or (int(address) >> 32) & _LOW in _ISATAP):
        return False
    if any(address.version == network.version and address in network for network in _REFUSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _is_ours(address: Address) -> bool:
    """Whether it is a public address of this very machine, behind whose firewall we are.

    Connecting a datagram socket sends nothing; it makes the kernel choose the address that it would speak from.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return ipaddress.ip_address(str(probe.getsockname()[0]).partition("%")[0]) == address
    except OSError:
        return False  # no way there: the connection will say so
