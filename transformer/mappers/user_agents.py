"""What a user agent says of the browser, the system and the device, under the names that destinations count them by.

The patterns are those that the ua-parser project keeps; they run as one set in linear time. Loading them reads files: a worker
calls `prepare` before it locks itself. Where the parser is not installed, nothing is known of any user agent.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final, NamedTuple

__all__ = ["UserAgent", "describe", "prepare"]

_LONGEST: Final = 1000
"""Characters of a user agent that are read: real ones have up to 400."""
_KNOWN: Final = 4096

_BROWSERS: Final = {
    "Amazon Silk": "Silk",
    "Android": "Android Browser",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile WebView": "Chrome WebView",
    "Chrome Mobile iOS": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "HeadlessChrome": "Chrome Headless",
    "IE Mobile": "IEMobile",
    "Mobile Safari UI/WKWebView": "WebKit",
    "Opera Mobile": "Opera Mobi",
    "Samsung Internet": "Samsung Browser",
    "UC Browser": "UCBrowser",
    "Yandex Browser": "Yandex",
}
_SYSTEMS: Final = {"Mac OS X": "Mac OS", "Chrome OS": "Chromium OS"}
_NO_DEVICES: Final = frozenset({"Mac", "Other", "Linux", "Spider", "Generic Smartphone", "Generic Tablet"})


class UserAgent(NamedTuple):
    """What is known; "" where nothing is. Computers have no model: a model is a phone's, a tablet's or a television's."""

    browser: str = ""
    browser_version: str = ""
    system: str = ""
    system_version: str = ""
    model: str = ""
    maker: str = ""


@cache
def prepare() -> Any:
    """Load the parser and its patterns, once. None where it is not installed."""
    try:
        library, loaders = import_module("ua_parser"), import_module("ua_parser.loaders")
        engine = import_module("ua_parser.re2")
    except ImportError:
        return None
    parser = library.Parser(engine.Resolver(loaders.load_builtins()))
    parser.parse("Mozilla/5.0")
    return parser


def describe(text: str) -> UserAgent:
    """What a user agent says."""
    return _described(text[:_LONGEST])


@lru_cache(_KNOWN)
def _described(text: str) -> UserAgent:
    parser = prepare()
    if parser is None:
        return UserAgent()
    found = parser.parse(text)
    browser, system, device = found.user_agent, found.os, found.device
    known = device is not None and device.family not in _NO_DEVICES
    return UserAgent(
        _BROWSERS.get(browser.family, browser.family) if browser else "",
        _version(browser.major, browser.minor, browser.patch, browser.patch_minor) if browser else "",
        _SYSTEMS.get(system.family, system.family) if system else "",
        _version(system.major, system.minor, system.patch, system.patch_minor) if system else "",
        (device.model or "") if known else "",
        (device.brand or "").removeprefix("Generic_Android") if known else "",
    )


def _version(*parts: str | None) -> str:
    known = []
    for part in parts:
        if part is None:
            break
        known.append(part)
    return ".".join(known)
