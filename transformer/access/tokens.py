"""JWTs: a token becomes a caller if one of the issuer's keys signed it, for us, and it is not over.

A token is verified once and then known by its digest until it expires or the issuer's keys change, so that a request costs a
lookup. Nothing of a token is believed before its signature is.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import jwt
from cachetools import LRUCache

from transformer.access.caller import Caller
from transformer.access.jwks import ALGORITHMS, Jwks
from transformer.access.roles import Role
from transformer.errors import CallerError, Code
from transformer.settings import Settings, SettingsError

__all__ = ["EVERY_WORKSPACE", "Tokens"]

EVERY_WORKSPACE: Final = "*"
"""In the workspace's claim: every workspace. It has to be said; a token without the claim acts nowhere."""

_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MAX_SUBJECT: Final = 150
_KNOWN: Final = 10_000
_REQUIRED: Final = ("exp", "iss", "aud", "sub")


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    expires: float
    edition: int


class Tokens:
    """Verifies the JWTs that the settings accept.

    Raises:
        SettingsError: jwt_issuer or jwt_audience is missing: any token of the same issuer would be good here.
    """

    def __init__(self, settings: Settings, jwks: Jwks) -> None:
        for name in ("jwt_issuer", "jwt_audience"):
            if not getattr(settings, name):
                raise SettingsError(
                    f"{name}: is needed with jwks, or tokens that were made for somebody else would be good here"
                )
        self._settings = settings
        self._jwks = jwks
        self._verified: LRUCache[bytes, _Verified] = LRUCache(_KNOWN)

    @staticmethod
    def looks_like_one(text: str) -> bool:
        """Whether `text` has the form of a JWT."""
        return _FORM.fullmatch(text) is not None

    def known(self, text: str) -> Caller | None:
        """Whose token this is, if it was verified before and still holds."""
        known = self._verified.get(sha256(text.encode()).digest())
        if known is None or known.expires <= time.time() or known.edition != self._jwks.edition:
            return None
        return known.caller

    async def verify(self, text: str) -> Caller:
        """Whose token this is.

        Raises:
            CallerError: UNAUTHENTICATED: it is not good; PERMISSION_DENIED: it is, but names no role or no workspace.
            PlatformError: the issuer's keys were never read.
        """
        try:
            header = jwt.get_unverified_header(text)
        except (jwt.PyJWTError, ValueError):
            raise _refused("cannot be read") from None
        if header.get("alg") not in ALGORITHMS:
            raise _refused(f"must be signed with one of {', '.join(ALGORITHMS)}")
        edition = self._jwks.edition
        candidates = await self._jwks.candidates(header.get("kid"))
        if not candidates:
            raise _refused("names no key of the issuer's")
        claims = self._claims(text, candidates)
        caller = self._caller(claims)
        expires = float(claims["exp"]) + self._settings.jwt_leeway_seconds
        self._verified[sha256(text.encode()).digest()] = _Verified(caller, expires, edition)
        return caller

    def _claims(self, text: str, candidates: list[jwt.PyJWK]) -> Mapping[str, Any]:
        reason = ""
        for key in candidates:
            try:
                claims: Mapping[str, Any] = jwt.decode(
                    text,
                    key,
                    algorithms=[key.algorithm_name],
                    issuer=self._settings.jwt_issuer,
                    audience=self._settings.jwt_audience,
                    leeway=self._settings.jwt_leeway_seconds,
                    options={"require": list(_REQUIRED)},
                )
            except jwt.InvalidSignatureError:
                reason = reason or "was not signed by the issuer"
            except jwt.ExpiredSignatureError:
                reason = "has expired"
            except jwt.InvalidIssuerError:
                reason = "is not of the issuer that this server trusts"
            except jwt.InvalidAudienceError:
                reason = "was not made for this server"
            except jwt.ImmatureSignatureError:
                reason = "is not valid yet"
            except jwt.MissingRequiredClaimError as wrong:
                reason = f"lacks the claim {wrong.claim}"
            except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
                reason = "is not valid"
            else:
                return claims
        raise _refused(reason)

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT or not subject.isprintable():
            raise _refused("names a subject that is no line of text")
        role = _role(_claim(claims, self._settings.jwt_role_claim))
        if role is None:
            roles = ", ".join(role.text for role in Role)
            raise _denied(f"its claim {self._settings.jwt_role_claim} names no role; roles are {roles}")
        workspace = _workspace(_claim(claims, self._settings.jwt_workspace_claim))
        if workspace is None:
            raise _denied(
                f"its claim {self._settings.jwt_workspace_claim} names no workspace, and not {EVERY_WORKSPACE} either"
            )
        return Caller(f"jwt:{subject}", f"{subject} (jwt)", role, workspace)


def _claim(claims: Mapping[str, Any], name: str) -> object:
    """The claim of that name or, where there is none, of that path: issuers nest (realm_access.roles)."""
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _role(value: object) -> Role | None:
    """The role; of several the greatest, other people's roles among them left aside."""
    named = value if isinstance(value, list) else [value]
    return max((role for one in named if isinstance(one, str) and (role := Role.of(one))), default=None)


def _workspace(value: object) -> str | None:
    """The id of the workspace, "" for every one, None for neither."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return None
    if value == EVERY_WORKSPACE:
        return ""
    identity = value.removeprefix("workspaces/")
    return identity if _ID.fullmatch(identity) else None


def _refused(sentence: str) -> CallerError:
    return CallerError(Code.UNAUTHENTICATED, f"the JWT {sentence}")


def _denied(sentence: str) -> CallerError:
    return CallerError(Code.PERMISSION_DENIED, f"the JWT is good, but {sentence}")
