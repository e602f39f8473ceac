"""The part of the settings (`transformer.settings` has the rest) that is about the HTTP gateway."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
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
    gateway_fallback_url: str = Field(
        "",
        description="Pass on, unchanged, what is not served here (destinations that are not known, sources, delivery) to the "
        "service of RudderStack's that is at this http(s)://HOST; empty: nowhere.",
    )
    gateway_fallback_seconds: float = Field(
        600.0, gt=0, le=3600, description="One answer of the service that is asked instead may take this long."
    )
    gateway_code: Literal["auto", "backend", "registry"] = Field(
        "auto",
        description="What a version id in an HTTP request names. backend: code that the config backend has. registry: a "
        "transformation or a pipeline of ours. auto: backend where config_backend_url says one.",
    )
    gateway_code_bytes: int = Field(
        256 * 2**20, ge=2**20, le=2**40, description="Code and tracking plans of the config backend that are kept in memory."
    )
    config_backend_url: str = Field(
        "",
        repr=False,
        description="The config backend of a control plane that exists, http(s)://HOST: code by version id, tracking plans.",
    )
    config_backend_secret: SecretStr = Field(
        SecretStr(""),
        description="What the config backend knows us by; from the environment or the file, never a flag.",
    )
    config_backend_seconds: float = Field(
        10.0, gt=0, le=600, description="One answer of the config backend may take this long."
    )
    config_backend_bytes: int = Field(
        8 * 2**20, ge=2**16, le=2**30, description="Bytes of one answer of the config backend; one document is no larger."
    )
    gateway_mirror_filter: bool = Field(
        False,
        description="For mirrored traffic: code that makes a request to the network is not run on, and its HTTP request is "
        "answered with 297.",
    )
    gateway_wait_seconds: float = Field(
        300.0,
        ge=0,
        le=3600,
        description="A batch that HTTP brought may wait this much longer for its host calls than turn_seconds.",
    )
    gateway_io_bound_batches: int = Field(
        50, ge=1, le=1_000_000, description="Metrics of old: after so many batches it is looked whether code waits or computes."
    )
    rudder_environment: bool = Field(
        False,
        description="Understand the environment variables of RudderStack's transformers (PORT, CONFIG_BACKEND_URL, …), too, "
        "where ours say nothing; docs/GATEWAY.md lists them.",
    )
