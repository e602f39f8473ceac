"""The part of the settings (`transformer.settings` has the rest) that is about the HTTP gateway."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

__all__ = ["GatewaySettings"]


class GatewaySettings(BaseSettings):
    """Settings of the gateway."""

    gateway_listen: str = Field(
        "",
        description="Serve what data planes ask over HTTP at this host:port, for example 127.0.0.1:9090; port 0 takes a free "
        "one; empty: nowhere.",
    )
    gateway_body_bytes: int = Field(
        100 * 2**20, ge=1024, le=2**31, description="Bytes of the body of one HTTP request, unpacked."
    )
    gateway_held_bytes: int = Field(
        512 * 2**20,
        ge=2**20,
        le=2**40,
        description="Bytes of bodies that the gateway holds at once; a request beyond that is refused as retryable.",
    )
    gateway_gzip_bytes: int = Field(
        0, ge=0, le=2**31, description="Answers of at least this size are sent as gzip to who takes it; 0: never."
    )
