"""Keeps or drops events by the domain of their person's e-mail address."""

from __future__ import annotations

from typing import Any

from library.paths.v1 import finders, leaves

FREE = frozenset(
    (
        "gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com aol.com "
        "icloud.com me.com mac.com mail.com gmx.com gmx.net gmx.de web.de t-online.de freenet.de mail.ru yandex.ru "
        "yandex.com bk.ru inbox.ru list.ru qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net proton.me "
        "protonmail.com pm.me zoho.com fastmail.com hey.com tutanota.com tuta.io laposte.net orange.fr wanadoo.fr "
        "free.fr sfr.fr libero.it virgilio.it tiscali.it uol.com.br bol.com.br terra.com.br rediffmail.com yahoo.co.uk "
        "yahoo.co.in yahoo.co.jp yahoo.fr yahoo.de yahoo.com.br hotmail.co.uk hotmail.fr outlook.fr outlook.de "
        "live.co.uk btinternet.com seznam.cz wp.pl o2.pl onet.pl interia.pl abv.bg bigpond.com shaw.ca rogers.com "
        "telus.net comcast.net verizon.net att.net sbcglobal.net cox.net docomo.ne.jp "
    ).split()
)
"""Where anybody gets an address: these say nothing about a company."""

_LONGEST = 253


def domain_of(address: Any) -> str | None:
    """The domain of an e-mail address, in lower case and as DNS has it (`xn--…`), or None for what is no address."""
    if not isinstance(address, str):
        return None
    name, at, domain = address.strip().rstrip(">").rpartition("@")
    return _plain(domain) if at and name and "." in domain.strip(".") else None


def _plain(domain: str) -> str | None:
    text = domain.strip().strip(".").lower()
    if not text or len(text) > _LONGEST or any(letter.isspace() for letter in text):
        return None
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            return None
    return text


def inside(domain: str, domains: Any, subdomains: bool = True) -> bool:
    """Whether a domain is one of the domains, or, with `subdomains`, below one of them."""
    while domain:
        if domain in domains:
            return True
        if not subdomains:
            return False
        domain = domain.partition(".")[2]
    return False


def _listed(name: str) -> frozenset[str]:
    made = []
    for index, domain in enumerate(parameters[name]):
        plain = _plain(domain.rpartition("@")[2].removeprefix("*."))
        if plain is None:
            raise ValueError(f"parameters.{name}[{index}]: {domain!r} is not a domain")
        made.append(plain)
    return frozenset(made)


_find = finders(parameters["fields"])
_allow, _deny = _listed("allow"), _listed("deny")
_subdomains = parameters["subdomains"]
_no_free = parameters["free_mail"] == "deny"
_drop_missing = parameters["missing"] == "drop"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event if its first address is not wanted."""
    for container, key in leaves(_find(event)):
        domain = domain_of(container[key])
        if domain is None:
            continue
        if inside(domain, _deny, _subdomains) or (_no_free and domain in FREE):
            raise Drop("e-mail domain is denied")
        if _allow and not inside(domain, _allow, _subdomains):
            raise Drop("e-mail domain is not allowed")
        return event
    if _drop_missing:
        raise Drop("there is no e-mail address")
    return event
