"""Issuers of tokens, and a log that is kept."""

import json
import time

import jwt
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from transformer.settings import Settings


@pytest.fixture
def lines():
    """What was logged."""
    return []


@pytest.fixture
def log(lines):
    def keep(_, level, line):
        lines.append({**line, "level": level})
        raise structlog.DropEvent

    return structlog.wrap_logger(None, processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(0))


class Issuer:
    """Signs tokens with one key, which `jwk` is the public half of."""

    def __init__(self, kind="ES256", kid="k1"):
        make = {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }
        self.kind, self.kid, self.private = kind, kid, make[kind]()
        algorithm = jwt.get_algorithm_by_name(kind)
        self.jwk = {**algorithm.to_jwk(self.private.public_key(), as_dict=True), "kid": kid, "use": "sig"}

    def token(self, header=None, without=(), **claims):
        usual = {
            "iss": "https://issuer.test",
            "aud": "transformer",
            "sub": "ann",
            "exp": time.time() + 600,
            "role": "author",
            "workspace": "acme",
        }
        body = {name: value for name, value in (usual | claims).items() if name not in without}
        return jwt.encode(body, self.private, algorithm=self.kind, headers={"kid": self.kid} | (header or {}))


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def new_issuer():
    return Issuer


@pytest.fixture
def jwks_file(tmp_path):
    """jwks_file(issuer, …): writes their JWKS; returns its path."""
    path = tmp_path / "jwks.json"

    def write(*issuers, more=()):
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": [*(issuer.jwk for issuer in issuers), *more]}))
        fresh.replace(path)
        return str(path)

    return write


@pytest.fixture
def settings(tmp_path):
    """settings(**changes): those of a server that accepts tokens."""

    def make(**changes):
        usual = {"authentication": "keys", "jwt_issuer": "https://issuer.test", "jwt_audience": "transformer"}
        return Settings(**(usual | changes))

    return make
