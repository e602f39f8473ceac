"""AccessService's methods, synchronous: one typed method per call of `keys.py`. They raise as those of the registry do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TypeVar

from transformer.client import keys
from transformer.client.calls import Call
from transformer.client.records import Page

__all__ = ["Keys"]

T = TypeVar("T")


class Keys(ABC):
    """API keys. Mutations take `request_id` and `validate_only` as those of the registry do."""

    @abstractmethod
    def _carry_out(self, call: Call[T], timeout: float | None) -> T: ...

    def create_key(
        self,
        label: str,
        role: str,
        workspace: str = "",
        *,
        expires: datetime | None = None,
        requests_per_second: int = 0,
        request_id: str | None = None,
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> keys.NewKey:
        """Create a key for a workspace, or for every one. Its secret is in the answer and cannot be had again.

        Raises CallerError PRECONDITION where `request_id` made a key before: its secret was told then.
        """
        return self._carry_out(
            keys.create_key(label, role, workspace, expires, requests_per_second, request_id, validate_only), timeout
        )

    def get_key(self, key: str, *, timeout: float | None = None) -> keys.Key:
        """A key. Raises CallerError NOT_FOUND."""
        return self._carry_out(keys.get_key(key), timeout)

    def list_keys(
        self, workspace: str = "", page_size: int = 0, page_token: str = "", *, timeout: float | None = None
    ) -> Page[keys.Key]:
        """Keys of a workspace, or all that the caller may see, newest first, a page of them."""
        return self._carry_out(keys.list_keys(workspace, page_size, page_token), timeout)

    def revoke_key(
        self, key: str, *, request_id: str | None = None, validate_only: bool = False, timeout: float | None = None
    ) -> keys.Key:
        """Revoke a key, for good. Raises CallerError NOT_FOUND."""
        return self._carry_out(keys.revoke_key(key, request_id, validate_only), timeout)
