"""A name server on loopback that says what a test wants, and counts what it was asked."""

import asyncio
import ipaddress
import struct
from collections.abc import Callable


class NameServer(asyncio.DatagramProtocol):
    """Answers A and AAAA. `names` gives addresses, or a function that does, called for every question of type A."""

    def __init__(self) -> None:
        self.names: dict[str, list[str] | Callable[[], list[str]]] = {}
        self.asked: list[str] = []
        self.silent: set[str] = set()
        self.address = ""

    def connection_made(self, transport):
        self.transport = transport
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data, peer):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode().lower())
            at += 1 + data[at]
        kind = struct.unpack(">H", data[at + 1 : at + 3])[0]
        question, name = data[12 : at + 5], ".".join(labels)
        if kind == 1:
            self.asked.append(name)
        if name in self.silent:
            return
        known = self.names.get(name)
        if callable(known):
            known = known() if kind == 1 else []
        wanted = [ipaddress.ip_address(one) for one in known or []]
        packed = [one.packed for one in wanted if (one.version == 4) == (kind == 1)]
        code = 0 if known is not None else 3
        head = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(packed), 0, 0)
        answers = b"".join(struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(one)) + one for one in packed)
        self.transport.sendto(head + question + answers, peer)
