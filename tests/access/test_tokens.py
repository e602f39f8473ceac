"""JWTs: what is believed, and everything that people try instead."""

import base64
import hmac
import json
import time
from hashlib import sha256

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from transformer.access.jwks import Jwks
from transformer.access.roles import Role
from transformer.access.tokens import Tokens
from transformer.errors import CallerError, Code, PlatformError
from transformer.settings import SettingsError


@pytest.fixture
def accepting(settings, log):
    """accepting(source, **settings): tokens verified with the keys at `source`, which were read once."""

    async def make(source, **changes):
        jwks = Jwks(source, 300.0, log)
        await jwks.refresh()
        return Tokens(settings(jwks=source, **changes), jwks), jwks

    return make


async def refused(tokens, text) -> CallerError:
    with pytest.raises(CallerError) as caught:
        await tokens.verify(text)
    assert tokens.known(text) is None
    return caught.value


@pytest.mark.parametrize("kind", ["RS256", "ES256", "EdDSA"])
async def test_a_good_token_is_its_subject_in_its_role_and_workspace(accepting, jwks_file, new_issuer, kind):
    issuer = new_issuer(kind)
    tokens, _ = await accepting(jwks_file(issuer))
    text = issuer.token()
    assert tokens.known(text) is None
    caller = await tokens.verify(text)
    assert (caller.name, caller.role, caller.workspace) == ("ann (jwt)", Role.AUTHOR, "acme")
    assert tokens.known(text) is caller


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": time.time() - 3600}, "has expired"),
        ({"iss": "https://somebody.else"}, "is not of the issuer that this server trusts"),
        ({"aud": "another-service"}, "was not made for this server"),
        ({"nbf": time.time() + 3600}, "is not valid yet"),
        ({"iat": time.time() + 3600}, "is not valid yet"),
        ({"without": ["exp"]}, "lacks the claim exp"),
        ({"without": ["aud"]}, "lacks the claim aud"),
        ({"without": ["iss"]}, "lacks the claim iss"),
        ({"without": ["sub"]}, "lacks the claim sub"),
        ({"exp": "soon"}, "is not valid"),
        ({"sub": "two\nlines"}, "names a subject that is no line of text"),
        ({"sub": ""}, "names a subject that is no line of text"),
        ({"header": {"kid": "unknown"}}, "names no key of the issuer's"),
    ],
)
async def test_a_token_that_is_not_for_us_now_is_refused(accepting, jwks_file, issuer, claims, said):
    tokens, _ = await accepting(jwks_file(issuer))
    wrong = await refused(tokens, issuer.token(**claims))
    assert (wrong.code, wrong.message) == (Code.UNAUTHENTICATED, f"the JWT {said}")


async def test_clocks_may_differ_a_little(accepting, jwks_file, issuer):
    tokens, _ = await accepting(jwks_file(issuer), jwt_leeway_seconds=60)
    assert (await tokens.verify(issuer.token(exp=time.time() - 5, nbf=time.time() + 5))).name == "ann (jwt)"


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


async def test_forged_tokens_are_refused(accepting, jwks_file, new_issuer):
    ours, stranger = new_issuer("RS256"), new_issuer("RS256")
    tokens, _ = await accepting(jwks_file(ours))
    claims = jwt.decode(ours.token(), options={"verify_signature": False})
    public = ours.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, signature = ours.token().split(".")
    forged = {}
    for name in ("none", "None", "NONE", ""):
        forged[f"alg {name}"] = b".".join([part({"alg": name, "kid": "k1"}), part(claims), b""]).decode()
    for secret in (public, b"", json.dumps(ours.jwk).encode()):  # the public key as a shared secret
        signed = b".".join([part({"alg": "HS256", "kid": "k1"}), part(claims)])
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed, sha256)).rstrip(b"=")
        forged[f"HS256 {len(secret)}"] = b".".join([signed, mac]).decode()
    forged["another key, the same id"] = stranger.token()
    forged["its own key inside"] = stranger.token(header={"jwk": stranger.jwk})
    forged["another body"] = f"{head}.{part(claims | {'role': 'admin'}).decode()}.{signature}"
    forged["no signature"] = f"{head}.{body}."
    forged["half a signature"] = f"{head}.{body}.{signature[: len(signature) // 2]}"
    forged["another algorithm"] = f"{part({'alg': 'RS512', 'kid': 'k1'}).decode()}.{body}.{signature}"
    forged["no json"] = "aaaa.bbbb.cccc"
    forged["json of another kind"] = f"{part([1]).decode()}.{body}.{signature}"
    for name, text in forged.items():
        assert (await refused(tokens, text)).code is Code.UNAUTHENTICATED, name


async def test_a_jwks_with_a_shared_secret_or_a_weak_key_gives_no_key(accepting, jwks_file, issuer):
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("="), "kid": "shared", "alg": "HS256"}
    other = {**issuer.jwk, "kid": "encrypts", "use": "enc"}
    tokens, jwks = await accepting(jwks_file(issuer, more=[secret, other, {"kty": "odd"}, 7]))
    assert await jwks.candidates("shared") == await jwks.candidates("encrypts") == []
    text = jwt.encode({"sub": "eve"}, b"x" * 32, algorithm="HS256", headers={"kid": "shared"})
    assert (await refused(tokens, text)).message.startswith("the JWT must be signed with one of RS256")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"without": ["role"]}, "its claim role names no role; roles are transform, author, operator, admin"),
        ({"role": "root"}, "its claim role names no role; roles are transform, author, operator, admin"),
        ({"role": ["x", 7]}, "its claim role names no role; roles are transform, author, operator, admin"),
        ({"without": ["workspace"]}, "its claim workspace names no workspace, and not * either"),
        ({"workspace": ""}, "its claim workspace names no workspace, and not * either"),
        ({"workspace": "a/b"}, "its claim workspace names no workspace, and not * either"),
        ({"workspace": ["a", "b"]}, "its claim workspace names no workspace, and not * either"),
    ],
)
async def test_a_good_token_that_names_no_role_or_no_workspace_may_nothing(accepting, jwks_file, issuer, claims, said):
    tokens, _ = await accepting(jwks_file(issuer))
    wrong = await refused(tokens, issuer.token(**claims))
    assert (wrong.code, wrong.message) == (Code.PERMISSION_DENIED, f"the JWT is good, but {said}")


async def test_claims_are_found_where_issuers_put_them(accepting, jwks_file, issuer):
    tokens, _ = await accepting(
        jwks_file(issuer), jwt_role_claim="realm_access.roles", jwt_workspace_claim="https://acme.test/workspace"
    )
    nested = {"realm_access": {"roles": ["offline_access", "author", "operator"]}}
    caller = await tokens.verify(issuer.token(**nested, **{"https://acme.test/workspace": "workspaces/shop"}))
    assert (caller.role, caller.workspace) == (Role.OPERATOR, "shop")
    everywhere = await tokens.verify(issuer.token(**nested, **{"https://acme.test/workspace": "*"}))
    assert everywhere.workspace == ""


async def test_a_key_that_the_issuer_takes_back_ends_its_tokens(accepting, jwks_file, new_issuer):
    old, new = new_issuer(kid="old"), new_issuer(kid="new")
    tokens, jwks = await accepting(jwks_file(old))
    text = old.token()
    await tokens.verify(text)
    jwks_file(new)
    await jwks.refresh()
    assert (await refused(tokens, text)).message == "the JWT names no key of the issuer's"
    assert (await tokens.verify(new.token())).name == "ann (jwt)"


async def test_a_known_token_ends_when_it_expires(accepting, jwks_file, issuer, monkeypatch):
    tokens, _ = await accepting(jwks_file(issuer))
    text = issuer.token()
    await tokens.verify(text)
    later = time.time() + 3600
    monkeypatch.setattr("transformer.access.tokens.time.time", lambda: later)
    assert tokens.known(text) is None


async def test_while_the_keys_were_never_read_nobody_is_told_that_a_token_is_bad(accepting, issuer, tmp_path, lines):
    tokens, _ = await accepting(str(tmp_path / "missing.json"))
    with pytest.raises(PlatformError) as told:
        await tokens.verify(issuer.token())
    assert told.value.code.retryable
    assert [(line["level"], line["event"], line["reason"]) for line in lines] == [
        ("warning", "jwks cannot be read", "No such file or directory")
    ]


@pytest.mark.parametrize("missing", ["jwt_issuer", "jwt_audience"])
async def test_whose_tokens_and_for_whom_has_to_be_said(accepting, jwks_file, issuer, missing):
    with pytest.raises(SettingsError, match=f"^{missing}: is needed with jwks"):
        await accepting(jwks_file(issuer), **{missing: ""})
