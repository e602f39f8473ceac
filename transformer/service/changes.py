"""Changes of the registry that callers ask for: as whose they are carried out, and how the catalogue learns of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from transformer.registry import Store
from transformer.registry.cache import Catalogue
from transformer.registry.records import Call
from transformer.service.interceptors import Incoming

__all__ = ["Changes", "call_of"]

P = ParamSpec("P")
R = TypeVar("R")


class _Mutation(Protocol):
    @property
    def request_id(self) -> str: ...
    @property
    def validate_only(self) -> bool: ...


def call_of(request: _Mutation, incoming: Incoming) -> Call:
    """A mutation as the store wants to know it."""
    return Call(incoming.actor, request.request_id, request.validate_only)


class Changes:
    """`await changes(store.activate, …)`: has the store change something, and the catalogue told at once.

    So whoever activates a version and then sends a batch meets the new one.
    """

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    async def __call__(self, mutate: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the store answers. Raises what it raises."""
        try:
            answer = await self._store.ask(mutate, *args, **kwargs)
        except BaseException:
            self._catalogue.changed(reached=False)  # a commit whose answer was lost may have happened
            raise
        self._catalogue.changed()
        return answer
