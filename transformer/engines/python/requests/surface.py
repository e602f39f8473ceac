"""The modules that `import requests`, `import urllib3` and their submodules give: reviewed names, frozen.

A program has its own: their functions know the way to its host.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, unquote, urlparse

from transformer.engines.python.frozen import FrozenModule, freeze
from transformer.engines.python.requests import addresses, auth, cookies, models, prepare, sessions, structures
from transformer.engines.python.requests.exceptions import EXCEPTIONS
from transformer.engines.python.requests.sending import Door
from transformer.engines.python.requests.urllib3 import ERRORS, RETRY, disable_warnings
from transformer.engines.python.warnings import WARNINGS

__all__ = ["ROOTS", "make_modules"]

ROOTS: Final = ("requests", "urllib3", "warnings")
"""What their names begin with."""

_AT_TOP: Final = (
    *("ConnectTimeout", "ConnectionError", "FileModeWarning", "HTTPError", "JSONDecodeError", "ReadTimeout"),
    *("RequestException", "Timeout", "TooManyRedirects", "URLRequired"),
)
_REAL: Final = frozenset(
    (
        *("certs", "codecs", "compat", "contextlib", "copyreg", "email", "encodings", "functools", "hashlib", "help", "hooks"),
        *("http", "idna", "importlib", "io", "logging", "netrc", "os", "platform", "re", "select", "shutil", "socket", "ssl"),
        *("struct", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "zipfile"),
    )
)
"""Modules that stand in those of the real packages: asking for one is refused by name."""


def _make(name: str, contents: dict[str, Any]) -> FrozenModule:
    return freeze(name, contents, hidden=_REAL - contents.keys())


def dict_from_cookiejar(jar: Any) -> dict[str, Any]:
    """The values of a jar by name."""
    return dict(jar.items())


def default_user_agent(name: str = "") -> str:  # noqa: ARG001 - the argument of requests
    """What requests say who asks."""
    return prepare.USER_AGENT


def make_modules(door: Door) -> dict[str, FrozenModule]:
    """The modules of one program, by the names that it imports them by."""
    session, call = sessions.make_session(door)
    functions = sessions.make_functions(session, call)
    api = {name: each for name, each in functions.items() if name != "session"}
    jar = {"RequestsCookieJar": cookies.RequestsCookieJar, "cookiejar_from_dict": cookies.cookiejar_from_dict}
    found = {
        "requests.exceptions": dict(EXCEPTIONS),
        "requests.api": api,
        "requests.sessions": {"Session": session, "session": functions["session"]},
        "requests.adapters": {"BaseAdapter": sessions.BaseAdapter, "HTTPAdapter": sessions.HTTPAdapter, **RETRY},
        "requests.auth": {
            each.__name__: each for each in (auth.AuthBase, auth.HTTPBasicAuth, auth.HTTPDigestAuth, auth.HTTPProxyAuth)
        },
        "requests.cookies": {**jar, "create_cookie": cookies.create_cookie},
        "requests.models": {"Request": prepare.Request, "PreparedRequest": models.PreparedRequest, "Response": models.Response},
        "requests.structures": {"CaseInsensitiveDict": structures.CaseInsensitiveDict},
        "requests.status_codes": {"codes": structures.CODES},
        "requests.utils": {
            **jar,
            "CaseInsensitiveDict": structures.CaseInsensitiveDict,
            "default_headers": prepare.default_headers,
            "default_user_agent": default_user_agent,
            "dict_from_cookiejar": dict_from_cookiejar,
            "get_encoding_from_headers": models.encoding_of,
            "parse_header_links": models.header_links,
            "quote": quote,
            "requote_uri": addresses.requote_uri,
            "unquote": unquote,
            "urlparse": urlparse,
        },
        "urllib3.exceptions": dict(ERRORS),
        "urllib3.util.retry": dict(RETRY),
        "warnings": dict(WARNINGS),
    }
    made = {name: _make(name, contents) for name, contents in found.items()}
    made["urllib3.util"] = _make("urllib3.util", {"retry": made["urllib3.util.retry"], **RETRY})
    inside = {
        "exceptions": made["urllib3.exceptions"],
        "util": made["urllib3.util"],
        "disable_warnings": disable_warnings,
        **RETRY,
    }
    made["urllib3"] = _make("urllib3", inside)
    made["requests.packages"] = _make("requests.packages", {"urllib3": made["urllib3"]})
    for name in [name for name in made if name.startswith("urllib3")]:
        made[f"requests.packages.{name}"] = made[name]
    submodules = {
        name.partition(".")[2]: each for name, each in made.items() if name.startswith("requests.") and name.count(".") == 1
    }
    top = {name: EXCEPTIONS[name] for name in _AT_TOP}
    whole = {**functions, **top, **found["requests.models"], **submodules, "Session": session, "codes": structures.CODES}
    made["requests"] = _make("requests", {**whole, "warnings": made["warnings"]})
    return made
