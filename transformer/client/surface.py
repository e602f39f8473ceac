"""What both clients offer alike: every call that is a question and its answer, listed once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Generic, ParamSpec, Protocol, TypeVar, overload

from transformer.client import definitions, keys, libraries, registry, secrets, service, tables
from transformer.client.calls import Call, method
from transformer.client.connection import Connection

__all__ = ["Surface"]

P = ParamSpec("P")
T = TypeVar("T")


class _Answers(Protocol):
    """The synchronous client, to type checkers."""

    def _ask(self, call: Call[T]) -> T: ...


class _Promises(Protocol):
    """The asynchronous client, to type checkers."""

    def _ask(self, call: Call[T]) -> Coroutine[Any, Any, T]: ...


class _Asked(Generic[P, T]):
    """A call that each client gets a method for."""

    def __init__(self, describe: Callable[P, Call[T]]) -> None:
        self.describe = describe

    if TYPE_CHECKING:  # what a client has in this place, as `Surface` puts it there

        @overload
        def __get__(self, client: _Answers, kind: type) -> Callable[P, T]: ...
        @overload
        def __get__(self, client: _Promises, kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
        def __get__(self, client: object, kind: type) -> Callable[P, Any]: ...


class Surface(Connection):
    """The calls. A subclass has a method for each, which carries it out by the `_ask` of that class and waits as that does."""

    _ask: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls) -> None:
        if Surface not in cls.__bases__:  # somebody's own client: it inherits, and may have written some anew
            return
        for name, call in vars(Surface).items():
            if isinstance(call, _Asked):
                setattr(cls, name, method(call.describe, cls._ask))

    transform = _Asked(service.transform)
    health = _Asked(service.health)
    create_workspace = _Asked(registry.create_workspace)
    get_workspace = _Asked(registry.get_workspace)
    list_workspaces = _Asked(registry.list_workspaces)
    create_transformation = _Asked(registry.create_transformation)
    get_transformation = _Asked(registry.get_transformation)
    list_transformations = _Asked(registry.list_transformations)
    update_transformation = _Asked(registry.update_transformation)
    delete_transformation = _Asked(registry.delete_transformation)
    create_version = _Asked(registry.create_version)
    get_version = _Asked(registry.get_version)
    list_versions = _Asked(registry.list_versions)
    diff_versions = _Asked(registry.diff_versions)
    get_alias = _Asked(registry.get_alias)
    list_aliases = _Asked(registry.list_aliases)
    activate_version = _Asked(registry.activate_version)
    rollback_alias = _Asked(registry.rollback_alias)
    delete_alias = _Asked(registry.delete_alias)
    list_alias_history = _Asked(registry.list_alias_history)
    list_audit_entries = _Asked(registry.list_audit_entries)
    create_key = _Asked(keys.create_key)
    get_key = _Asked(keys.get_key)
    list_keys = _Asked(keys.list_keys)
    revoke_key = _Asked(keys.revoke_key)
    create_library_version = _Asked(libraries.create_library_version)
    get_library_version = _Asked(libraries.get_library_version)
    list_libraries = _Asked(libraries.list_libraries)
    create_secret = _Asked(secrets.create_secret)
    update_secret = _Asked(secrets.update_secret)
    get_secret = _Asked(secrets.get_secret)
    list_secrets = _Asked(secrets.list_secrets)
    delete_secret = _Asked(secrets.delete_secret)
    rotate_secrets = _Asked(secrets.rotate_secrets)
    get_table = _Asked(tables.get_table)
    list_tables = _Asked(tables.list_tables)
    list_table_versions = _Asked(tables.list_table_versions)
    activate_table_version = _Asked(tables.activate_table_version)
    delete_table = _Asked(tables.delete_table)
    push_definition = _Asked(definitions.push_definition)
    apply_definitions = _Asked(definitions.apply_definitions)
    get_applied = _Asked(definitions.get_applied)
    get_definition = _Asked(definitions.get_definition)
    list_definitions = _Asked(definitions.list_definitions)
    list_definition_versions = _Asked(definitions.list_definition_versions)
    activate_definition_version = _Asked(definitions.activate_definition_version)
    delete_definition = _Asked(definitions.delete_definition)
