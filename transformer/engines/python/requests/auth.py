"""Ways to prove who asks: what `auth=` takes besides a pair."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import Any

from transformer.engines.python.guards import open_to_programs
from transformer.engines.python.text import Refused

__all__ = ["AuthBase", "HTTPBasicAuth", "HTTPDigestAuth", "HTTPProxyAuth", "basic_auth", "digest_answer"]


def basic_auth(username: Any, password: Any) -> str:
    """The value of a header that proves by name and password."""
    pair = b":".join(
        part if isinstance(part, bytes) else str(part).encode("latin-1", "replace") for part in (username, password)
    )
    return "Basic " + base64.b64encode(pair).decode("ascii")


@open_to_programs
class AuthBase:
    """A callable that changes a request before it is sent: inherit from it."""

    def __call__(self, r: Any) -> Any:  # noqa: ARG002 - the argument of requests
        """The request, with its proof."""
        raise Refused("an authentication of your own must define __call__(self, r)")


@open_to_programs
class HTTPBasicAuth(AuthBase):
    """Name and password."""

    def __init__(self, username: Any, password: Any) -> None:
        self.username = username
        self.password = password

    def __call__(self, r: Any) -> Any:
        """The request, with its proof."""
        r.headers["Authorization"] = basic_auth(self.username, self.password)
        return r

    def __eq__(self, other: object) -> bool:
        same = [getattr(other, name, None) for name in ("username", "password")]
        return same == [self.username, self.password]

    __hash__ = None  # type: ignore[assignment]  # its parts may be changed


@open_to_programs
class HTTPProxyAuth(HTTPBasicAuth):
    """Name and password for a proxy."""

    def __call__(self, r: Any) -> Any:
        """The request, with its proof."""
        r.headers["Proxy-Authorization"] = basic_auth(self.username, self.password)
        return r


@open_to_programs
class HTTPDigestAuth(AuthBase):
    """Name and password, of which only a digest is sent, once the other side has asked for it."""

    def __init__(self, username: Any, password: Any) -> None:
        self.username = username
        self.password = password

    def __call__(self, r: Any) -> Any:
        """The request, which knows whom to ask for a proof when the other side wants one."""
        r.digest = self
        return r


_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA": hashlib.sha1, "SHA-256": hashlib.sha256, "SHA-512": hashlib.sha512}


def digest_answer(auth: HTTPDigestAuth, challenge: str, method: str, path: str) -> str | None:
    """The Authorization header that answers a challenge, or None if it is no digest's. Raises Refused for an unknown one."""
    scheme, _, rest = challenge.partition(" ")
    if scheme.lower() != "digest":
        return None
    asked = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
    algorithm = asked.get("algorithm", "MD5").upper()
    session = algorithm.endswith("-SESS")
    make = _HASHES.get(algorithm.removesuffix("-SESS"))
    ways = [way.strip() for way in asked.get("qop", "").split(",") if way.strip()]
    if make is None or (ways and "auth" not in ways):
        raise Refused("this kind of digest authentication is not supported: MD5, SHA, SHA-256 and SHA-512 with qop=auth are")

    def digest(text: str) -> str:
        return make(text.encode()).hexdigest()

    realm, nonce, mine, count = asked.get("realm", ""), asked.get("nonce", ""), os.urandom(8).hex(), "00000001"
    proof = digest(f"{auth.username}:{realm}:{auth.password}")
    if session:
        proof = digest(f"{proof}:{nonce}:{mine}")
    what = digest(f"{method}:{path}")
    answer = digest(f"{proof}:{nonce}:{count}:{mine}:auth:{what}" if ways else f"{proof}:{nonce}:{what}")
    told = f'username="{auth.username}", realm="{realm}", nonce="{nonce}", uri="{path}", response="{answer}"'
    told += "".join(f', {name}="{asked[name]}"' for name in ("opaque", "algorithm") if name in asked)
    return f"Digest {told}" + (f', qop="auth", nc={count}, cnonce="{mine}"' if ways or session else "")
