"""Who may do what: every method of every service, once. The documents print this table, and a test tries each of its cells.

A method that has no rule here cannot be served: the interceptor looks its rule up when the service is registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

__all__ = ["EVENTS", "EVERYWHERE", "HTTP", "MEANINGS", "OWN", "ROUTES", "RULES", "Role", "Rule", "rule_of"]


class Role(IntEnum):
    """What a caller may do. Each role may do what the smaller ones may."""

    TRANSFORM = 1
    AUTHOR = 2
    OPERATOR = 3
    ADMIN = 4

    @property
    def text(self) -> str:
        """`transform`."""
        return self.name.lower()

    @classmethod
    def of(cls, text: str) -> Role | None:
        """The role of that name, or None."""
        return cls.__members__.get(text.upper()) if text.islower() else None


MEANINGS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.TRANSFORM: "sends batches: a data plane",
        Role.AUTHOR: "reads, publishes and activates transformations, with their tables and secrets, and watches their events: "
        "a data engineer, or CI",
        Role.OPERATOR: "reads the audit trail: whoever runs the service",
        Role.ADMIN: "manages keys, and with a key for every workspace, workspaces and the encryption of secrets",
    }
)

OWN: Final = "*own*"
"""The method itself answers within the caller's workspace, as if there were no other."""

EVERYWHERE: Final = "*everywhere*"
"""The method is about no single workspace: the caller must be allowed in every one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a method asks of its caller.

    role    the smallest role that may call it; None: anybody, without credentials
    where   the field of the request that names the workspace (a path), OWN, EVERYWHERE, or "" where no workspace is concerned
    """

    service: str
    method: str
    role: Role | None
    where: str


_TRANSFORM: Final = "transformer.v1.TransformService"
_REGISTRY: Final = "transformer.v1.RegistryService"
_ACCESS: Final = "transformer.v1.AccessService"
_TAP: Final = "transformer.v1.TapService"
_SECRETS: Final = "transformer.v1.SecretService"
_LIBRARIES: Final = "transformer.v1.LibraryService"
_TABLES: Final = "transformer.v1.TableService"
_DEFINITIONS: Final = "transformer.v1.DefinitionService"
_HEALTH: Final = "grpc.health.v1.Health"
_REFLECTION: Final = "grpc.reflection.v1alpha.ServerReflection"
_OURS: Final = "transformer."

_TABLE: Final = (
    Rule(_TRANSFORM, "Transform", Role.TRANSFORM, "workspace"),
    Rule(_TRANSFORM, "TransformStream", Role.TRANSFORM, "workspace"),
    Rule(_REGISTRY, "CreateWorkspace", Role.ADMIN, EVERYWHERE),
    Rule(_REGISTRY, "GetWorkspace", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "ListWorkspaces", Role.AUTHOR, OWN),
    Rule(_REGISTRY, "CreateTransformation", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "GetTransformation", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "ListTransformations", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "UpdateTransformation", Role.AUTHOR, "transformation.name"),
    Rule(_REGISTRY, "DeleteTransformation", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "CreateVersion", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "GetVersion", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "ListVersions", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "DiffVersions", Role.AUTHOR, "base"),
    Rule(_REGISTRY, "GetAlias", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "ListAliases", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "ActivateVersion", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "RollbackAlias", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "DeleteAlias", Role.AUTHOR, "name"),
    Rule(_REGISTRY, "ListAliasHistory", Role.AUTHOR, "parent"),
    Rule(_REGISTRY, "ListAuditEntries", Role.OPERATOR, "parent"),
    Rule(_ACCESS, "CreateKey", Role.ADMIN, "key.workspace"),
    Rule(_ACCESS, "GetKey", Role.ADMIN, OWN),
    Rule(_ACCESS, "ListKeys", Role.ADMIN, OWN),
    Rule(_ACCESS, "RevokeKey", Role.ADMIN, OWN),
    Rule(_TAP, "Watch", Role.AUTHOR, "name"),
    # Whoever may write code may have it get secrets, so writing them asks for no more; reading one back nobody may.
    Rule(_LIBRARIES, "CreateLibraryVersion", Role.AUTHOR, "parent"),
    Rule(_LIBRARIES, "GetLibraryVersion", Role.AUTHOR, "name"),
    Rule(_LIBRARIES, "ListLibraries", Role.AUTHOR, "parent"),
    Rule(_SECRETS, "CreateSecret", Role.AUTHOR, "parent"),
    Rule(_SECRETS, "UpdateSecret", Role.AUTHOR, "name"),
    Rule(_SECRETS, "GetSecret", Role.AUTHOR, "name"),
    Rule(_SECRETS, "ListSecrets", Role.AUTHOR, "parent"),
    Rule(_SECRETS, "DeleteSecret", Role.AUTHOR, "name"),
    Rule(_SECRETS, "RotateSecrets", Role.ADMIN, EVERYWHERE),
    Rule(_TABLES, "PushTable", Role.AUTHOR, "start.parent"),
    Rule(_TABLES, "GetTable", Role.AUTHOR, "name"),
    Rule(_TABLES, "ListTables", Role.AUTHOR, "parent"),
    Rule(_TABLES, "ListTableVersions", Role.AUTHOR, "parent"),
    Rule(_TABLES, "ActivateTableVersion", Role.AUTHOR, "name"),
    Rule(_TABLES, "DeleteTable", Role.AUTHOR, "name"),
    Rule(_DEFINITIONS, "PushDefinition", Role.AUTHOR, "name"),
    Rule(_DEFINITIONS, "ApplyDefinitions", Role.AUTHOR, "parent"),
    Rule(_DEFINITIONS, "GetApplied", Role.AUTHOR, "parent"),
    Rule(_DEFINITIONS, "GetDefinition", Role.AUTHOR, "name"),
    Rule(_DEFINITIONS, "ListDefinitions", Role.AUTHOR, "parent"),
    Rule(_DEFINITIONS, "ListDefinitionVersions", Role.AUTHOR, "parent"),
    Rule(_DEFINITIONS, "ActivateDefinitionVersion", Role.AUTHOR, "name"),
    Rule(_DEFINITIONS, "DeleteDefinition", Role.AUTHOR, "name"),
    # Probes have no credentials, and say nothing but SERVING or not.
    Rule(_HEALTH, "Check", None, ""),
    Rule(_HEALTH, "List", None, ""),
    Rule(_HEALTH, "Watch", None, ""),
    # What the methods are called is no secret, but it is nobody's business who is not known here.
    Rule(_REFLECTION, "ServerReflectionInfo", Role.TRANSFORM, ""),
)

RULES: Final[Mapping[str, Rule]] = MappingProxyType({f"{rule.service}/{rule.method}": rule for rule in _TABLE})
"""The rule of every method, by its full name: service/Method."""

_BY_METHOD: Final = {rule.method: rule for rule in _TABLE if rule.service.startswith(_OURS)}

_GATEWAY: Final = "gateway"
EVENTS: Final = "metadata.workspaceId"
"""Where events of a data plane name their workspace."""

_ROUTES: Final = (
    Rule(_GATEWAY, "GET /features", None, ""),
    Rule(_GATEWAY, "GET /health", None, ""),
    Rule(_GATEWAY, "GET /health/live", None, ""),
    Rule(_GATEWAY, "GET /health/ready", None, ""),
    Rule(_GATEWAY, "GET /version", None, ""),
    # What there is to ask is no secret.
    Rule(_GATEWAY, "GET /openapi.json", None, ""),
    Rule(_GATEWAY, "GET /docs", None, ""),
    Rule(_GATEWAY, "GET /docs/{asset}", None, ""),
    Rule(_GATEWAY, "POST /customTransform", Role.TRANSFORM, EVENTS),
    Rule(_GATEWAY, "POST /v0/validate", Role.TRANSFORM, EVENTS),
    Rule(_GATEWAY, "POST /{version}/destinations/{destination}", Role.TRANSFORM, EVENTS),
    Rule(_GATEWAY, "POST /routerTransform", Role.TRANSFORM, EVENTS),
    Rule(_GATEWAY, "POST /batch", Role.TRANSFORM, EVENTS),
    # What is passed on as it is, so that nobody here looks whose it is.
    Rule(_GATEWAY, "POST /{version}/destinations/{destination}/proxy", Role.TRANSFORM, EVERYWHERE),
    Rule(_GATEWAY, "POST /{version}/destinations/{destination}/proxyTest", Role.TRANSFORM, EVERYWHERE),
    Rule(_GATEWAY, "POST /{version}/sources/{source}", Role.TRANSFORM, EVERYWHERE),
    Rule(_GATEWAY, "POST /{version}/sources/{source}/hydrate", Role.TRANSFORM, EVERYWHERE),
    Rule(_GATEWAY, "POST /deleteUsers", Role.TRANSFORM, EVERYWHERE),
    # Whoever may have code run here that nobody has published, as control planes do, may publish it.
    Rule(_GATEWAY, "POST /test", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /testRun", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /transformation/test", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /transformation/testRun", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /transformation/sethandle", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /test-library", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /extract-libs", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /transformationLibrary/test", Role.AUTHOR, OWN),
    Rule(_GATEWAY, "POST /extractLibs", Role.AUTHOR, OWN),
)

ROUTES: Final[Mapping[str, Rule]] = MappingProxyType({rule.method: rule for rule in _ROUTES})
"""The rule of every route of the HTTP gateway, by method and path. An event names its workspace in its metadata."""

HTTP: Final[Mapping[str, str]] = MappingProxyType(
    {"GET /metrics": "anybody who reaches `metrics_listen`; it names workspaces and transformations, and holds no event data"}
)
"""Every other HTTP route, and who may ask it. HTTP listens only where a setting says so."""


def rule_of(method: str) -> Rule:
    """The rule of one of our own methods, by its name, which is unique among ours. KeyError: there is none."""
    return _BY_METHOD[method]
