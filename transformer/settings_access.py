"""The first part of the settings (`transformer.settings` has the rest): where to listen, whom to let in, where to call."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

__all__ = ["AccessSettings"]


class AccessSettings(BaseSettings):
    """Settings of both ends of a connection."""

    listen: str = Field(
        "127.0.0.1:50051", description="Address that the gRPC server listens on, host:port; port 0 takes a free one."
    )
    insecure: bool = Field(
        False, description="Listen beyond this machine without TLS and authentication, or send an API key without TLS."
    )
    tls_certificate: str = Field(
        "", description="Serve TLS with the certificate chain in this PEM file; read again when it changes."
    )
    tls_key: str = Field("", description="The private key of tls_certificate, a PEM file.")
    tls_client_ca: str = Field(
        "", description="Mutual TLS: only clients with a certificate of a CA in this PEM file may connect."
    )
    authentication: Literal["none", "keys"] = Field(
        "none", description="keys: every request needs an API key or a JWT. none: every caller may do everything."
    )
    key_requests_per_second: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Requests and stream batches per second of one key, where the key says nothing; 0: any.",
    )
    jwks: str = Field("", description="Accept JWTs signed by the keys of this JWKS: an https:// address, or a file.")
    jwks_seconds: float = Field(300.0, gt=0, le=86_400, description="How often the address of jwks is read again.")
    jwt_issuer: str = Field("", description="The iss that JWTs must have; needed with jwks.")
    jwt_audience: str = Field("", description="The aud that JWTs must have; needed with jwks.")
    jwt_workspace_claim: str = Field(
        "workspace", min_length=1, description="The claim that names a JWT's workspace; * in it means every workspace."
    )
    jwt_role_claim: str = Field("role", min_length=1, description="The claim that names a JWT's role.")
    jwt_leeway_seconds: float = Field(
        30.0, ge=0, le=600, description="How far the clocks of a JWT's issuer and ours may differ."
    )
    server: str = Field(
        "127.0.0.1:50051", description="Server that commands talk to, host:port; or several, with commas between."
    )
    api_key: SecretStr = Field(
        SecretStr(""), description="API key, or JWT, that commands send; from the environment or the file, never a flag."
    )
    server_tls: bool = Field(False, description="Talk to the server over TLS, trusting the CAs of this system.")
    server_ca: str = Field("", description="Talk to the server over TLS, trusting the CAs in this PEM file.")
    client_certificate: str = Field("", description="Show the server the certificate chain in this PEM file: mutual TLS.")
    client_key: str = Field("", description="The private key of client_certificate, a PEM file.")
    workspace: str = Field("default", description="Workspace that commands act in.")
