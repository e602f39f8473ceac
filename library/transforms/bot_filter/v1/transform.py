"""Finds events of crawlers, monitors and scripts by their user agent, and drops or marks them."""

from __future__ import annotations

import re
from typing import Any

from library.digest.v1 import trimmed
from library.names.v1 import matcher
from library.paths.v1 import finders, leaves, writer

# Bots that name themselves; then services and programs whose names say nothing of it. CUBOT makes telephones.
_BOT = re.compile(
    r"((?<!cu)bot(?![a-z])|(?<!cu)bots?[/ ;:+-]|crawl|spider|slurp|archiver|scraper|scrapy|headless|phantomjs|puppeteer"
    r"|playwright|selenium|webdriver|lighthouse|pagespeed|gtmetrix|webpagetest|pingdom|uptime|statuscake|site24x7"
    r"|synthetic|healthcheck|nagios|zabbix|monitis|datadog|newrelic|catchpoint|checkly|facebookexternalhit"
    r"|facebookcatalog|meta-external|embedly|bingpreview|linkpreview|link preview|skypeuripreview|whatsapp/"
    r"|vkshare|mediapartners|adsense|inspectiontool|feedfetcher|google-read-aloud|googleother|google-safety"
    r"|google-extended|apis-google|duckduckgo-favicons|yahoo! slurp|ia_archiver|httrack|nutch|heritrix|curl/|wget/"
    r"|python-|python/|aiohttp|httpx/|go-http-client|java/|apache-httpclient|libwww|lwp::|node-fetch|undici|axios/"
    r"|got \(|postmanruntime|insomnia/|guzzlehttp|ruby/|rubygems|perl/|php/|restsharp|k6/|jmeter|gatling|locust"
    r"|chatgpt-user|oai-search|claude-user|claude-web|perplexity|cohere-ai|anthropic-ai|bytespider|dataprovider|censys"
    r"|nmap|masscan|zgrab|nikto|sqlmap)"
)


_LONGEST = 1000


def bot_name(user_agent: Any) -> str | None:
    """The word by which a user agent is known to be a program, or None for what seems to be a person."""
    found = _BOT.search(user_agent[:_LONGEST].lower()) if isinstance(user_agent, str) else None
    return found.group(1).strip("/ ;:+-(") if found else None


_KEPT_TEXTS = 2000
_find = finders(parameters["fields"])
_allowed = matcher(f"*{each}*" for each in parameters["allow"])
_denied = matcher(f"*{each}*" for each in parameters["deny"])
_mark, _write = parameters["action"] == "mark", writer("context.bot")
_drop_missing = parameters["missing"] == "drop"


_known: dict[str, str | None] = {}


def _judged(text: str) -> str | None:
    """By what word a user agent is a bot's; known for those seen lately, for there are few."""
    if text not in _known:
        if len(_known) >= _KEPT_TEXTS:
            _known.clear()
        _known[text] = None if _allowed(text) else "denied" if _denied(text) else bot_name(text)
    return _known[text]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop or mark the event if a program sent it."""
    seen = False
    name = None
    for container, key in leaves(_find(event)):
        text = container[key]
        if isinstance(text, str) and trimmed(text):
            seen = True
            name = name or _judged(text[:_LONGEST])
    if _mark:
        if seen:
            _write(event, {"detected": name is not None, "name": name})
        return event
    if name:
        raise Drop("sent by a bot")
    if not seen and _drop_missing:
        raise Drop("there is no user agent")
    return event
