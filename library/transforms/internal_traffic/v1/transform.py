"""Finds events of your own people and test systems, and drops or marks them."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from library.email_domains.v1 import domain_of, inside
from library.identity.v1 import person_finder
from library.names.v1 import matcher
from library.paths.v1 import finders, leaves, writer


def _networks(texts: Any) -> list[Any]:
    made = []
    for index, text in enumerate(texts):
        try:
            made.append(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            raise ValueError(f"parameters.networks[{index}]: {text!r} is not a network such as 198.51.100.0/24") from None
    return made


def address_in(text: Any, networks: Any) -> bool:
    """Whether an IP address, or the first of a list with commas, is in one of the networks (of the module ipaddress)."""
    if not isinstance(text, str):
        return False
    try:
        address = ipaddress.ip_address(text.split(",")[0].strip())
    except ValueError:
        return False
    address = (address.version == 6 and address.ipv4_mapped) or address
    return any(address in network for network in networks)


def host_of(url: Any) -> str:
    """The host of a URL in lower case, "" where there is none."""
    try:
        return urlsplit(url).hostname or "" if isinstance(url, str) else ""
    except ValueError:
        return ""


_ip = finders(parameters["ip_fields"], "ip_fields")
_email = finders(parameters["email_fields"], "email_fields")
_url = finders(parameters["url_fields"], "url_fields")
_own = _networks(parameters["networks"])
_domains = frozenset(domain.lower().lstrip("@") for domain in parameters["email_domains"])
_users = frozenset(parameters["user_ids"])
_ids = [person_finder([name]) for name in ("userId", "anonymousId")]
_hosts = matcher(parameters["hosts"])
_mark, _write = parameters["action"] == "mark", writer("context.internal")


def _values(places: Any) -> list[Any]:
    return [container[key] for container, key in leaves(places)]


def _why(event: dict[str, Any]) -> str:
    """What tells that the event is internal, "" if nothing does."""
    if _users and any(who(event) in _users for who in _ids):
        return "user"
    if _own and any(address_in(value, _own) for value in _values(_ip(event))):
        return "network"
    if _domains and any(inside(domain_of(value) or "", _domains) for value in _values(_email(event))):
        return "e-mail domain"
    if any(_hosts(host_of(value)) for value in _values(_url(event))):
        return "host"
    return ""


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop or mark the event if it is internal."""
    why = _why(event)
    if not why:
        return event
    if not _mark:
        raise Drop(f"internal traffic: {why}")
    _write(event, True)
    return event
