"""Says where visitors came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from library.paths.v1 import get, writer
from library.utm_extract.v1 import query

_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#:@]+)", re.ASCII)
_ANDROID = re.compile(r"android-app://([^/?#]+)", re.ASCII)

# Source: its medium, its hosts (with any ending where one ends with a dot), and the parameters that hold what was searched.
SOURCES = {
    "Google": ("search", "google. com.google.android.googlequicksearchbox", "q"),
    "Bing": ("search", "bing.com", "q"),
    "DuckDuckGo": ("search", "duckduckgo.com", "q"),
    "Yahoo!": ("search", "search.yahoo. yahoo.", "p q"),
    "Ecosia": ("search", "ecosia.org", "q"),
    "Brave": ("search", "search.brave.com", "q"),
    "Startpage": ("search", "startpage.com", "query"),
    "Qwant": ("search", "qwant.com", "q"),
    "Yandex": ("search", "yandex. ya.ru", "text"),
    "Baidu": ("search", "baidu.com", "wd word"),
    "Naver": ("search", "search.naver.com", "query"),
    "Seznam": ("search", "search.seznam.cz", "q"),
    "AOL": ("search", "search.aol. aol.", "q"),
    "Sogou": ("search", "sogou.com", "query"),
    "Facebook": ("social", "facebook.com fb.com fb.me m.me com.facebook.katana", ""),
    "Instagram": ("social", "instagram.com", ""),
    "Threads": ("social", "threads.net threads.com", ""),
    "X": ("social", "x.com twitter.com t.co", ""),
    "LinkedIn": ("social", "linkedin.com lnkd.in", ""),
    "Reddit": ("social", "reddit.com redd.it", ""),
    "Pinterest": ("social", "pinterest. pin.it", ""),
    "YouTube": ("social", "youtube.com youtu.be", ""),
    "TikTok": ("social", "tiktok.com", ""),
    "Snapchat": ("social", "snapchat.com", ""),
    "WhatsApp": ("social", "whatsapp.com wa.me", ""),
    "Telegram": ("social", "telegram.org t.me", ""),
    "Discord": ("social", "discord.com", ""),
    "VK": ("social", "vk.com", ""),
    "Weibo": ("social", "weibo.com", ""),
    "XING": ("social", "xing.com", ""),
    "Bluesky": ("social", "bsky.app", ""),
    "Mastodon": ("social", "mastodon.social", ""),
    "Quora": ("social", "quora.com", ""),
    "Hacker News": ("social", "news.ycombinator.com", ""),
    "GitHub": ("social", "github.com", ""),
    "Gmail": ("email", "mail.google.com com.google.android.gm", ""),
    "Outlook": ("email", "outlook.live.com outlook.office.com outlook.office365.com", ""),
    "Yahoo! Mail": ("email", "mail.yahoo.", ""),
    "Proton Mail": ("email", "mail.proton.me", ""),
    "GMX": ("email", "gmx.net gmx.com", ""),
    "ChatGPT": ("assistant", "chatgpt.com chat.openai.com", ""),
    "Perplexity": ("assistant", "perplexity.ai", ""),
    "Gemini": ("assistant", "gemini.google.com", ""),
    "Copilot": ("assistant", "copilot.microsoft.com", ""),
    "Claude": ("assistant", "claude.ai", ""),
}
_BY_HOST = {host: name for name, (_, hosts, _) in SOURCES.items() for host in hosts.split()}


def site_of(url: Any) -> str:
    """The host of a URL in lower case, without "www."; "" where it has none."""
    if not isinstance(url, str):
        return ""
    found = _ANDROID.match(url.strip()) or _HOST.match(url.strip())
    host = found.group(1).lower().rstrip(".") if found else ""
    return host[4:] if host.startswith("www.") else host


def _below(host: str, hosts: Iterable[str]) -> bool:
    return any(host == each or host.endswith("." + each) for each in hosts if each)


def _known(host: str) -> str:
    """The name of the source that has the host, or one above it; "" for none."""
    labels = host.split(".")
    for start in range(len(labels)):
        rest = labels[start:]
        name = _BY_HOST.get(".".join(rest))
        if name:
            return name
        for end in range(len(rest) - 1, 0, -1):  # google.co.uk is "google." with an ending of two
            name = _BY_HOST.get(".".join(rest[:end]) + ".")
            if name and len(rest) - end <= 2 and all(len(label) <= 3 or label in ("info", "shop") for label in rest[end:]):
                return name
    return ""


def source_of(url: Any, page: Any = None, internal: Any = (), sources: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where a referrer leads: medium, source, host, and term where it says what was searched; empty for no referrer."""
    host = site_of(url)
    if not host:
        return {}
    own = site_of(page)
    if (own and host == own) or _below(host, [each.lower() for each in internal]):
        return {"medium": "internal", "source": host, "host": host}
    for named, medium in (sources or {}).items():
        if _below(host, [named.lower()]):
            return {"medium": medium, "source": named, "host": host}
    name = _known(host)
    if not name:
        return {"medium": "referral", "source": host, "host": host}
    medium, _, terms = SOURCES[name]
    told = {"medium": medium, "source": name, "host": host}
    said = dict(query(url)[::-1])
    for term in terms.split():
        if said.get(term, "").strip():
            told["term"] = said[term].strip()[:500]
            break
    return told


_NONE = ("", "$direct")  # the second is what libraries send for the first
_fields = parameters["fields"]
_write = writer(parameters["target"])


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Add the answer."""
    url = next((value for path in _fields if isinstance(value := get(event, path), str)), "")
    told = source_of(url, get(event, parameters["page"]), parameters["internal"], parameters["sources"])
    if not told and parameters["direct"] and url.strip() in _NONE:
        told = {"medium": "direct"}
    if told:
        _write(event, told)
    return event
