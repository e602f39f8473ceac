"""The registry's door for secrets. What comes in is encrypted, and so is what goes out; `sealing.py` is for who has a key."""

from __future__ import annotations

from collections.abc import Callable

from transformer.registry import store_secrets
from transformer.registry.database import Database
from transformer.registry.mutation import Mutation
from transformer.registry.records import ANYBODY, Call, Page, Secret
from transformer.registry.requests import mutate

__all__ = ["SecretStore"]


class SecretStore:
    """Secrets in a database. Raises as `Store` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, workspace: str, secret: str, sealed: str, fingerprint: str, *, call: Call = ANYBODY) -> Secret:
        """Raises ALREADY_EXISTS too, and PRECONDITION where there are as many as may be. `fingerprint` stands for the value."""
        return mutate(
            self._database,
            call,
            "CreateSecret",
            workspace,
            {"secret": secret, "value": fingerprint},
            lambda m: store_secrets.write(m, workspace, secret, sealed, create=True, replace=False),
        )

    def update(
        self,
        workspace: str,
        secret: str,
        sealed: str,
        fingerprint: str,
        *,
        allow_missing: bool = False,
        call: Call = ANYBODY,
    ) -> Secret:
        """Give it another value; create it if it may be missing. Raises as `create`."""
        return mutate(
            self._database,
            call,
            "UpdateSecret",
            workspace,
            {"secret": secret, "value": fingerprint, "allow_missing": allow_missing},
            lambda m: store_secrets.write(m, workspace, secret, sealed, create=allow_missing, replace=True),
        )

    def get(self, workspace: str, secret: str) -> Secret:
        """Without its value."""
        with self._database.reading() as session:
            return store_secrets.get(session, workspace, secret)

    def page(self, workspace: str, page_size: int = 0, page_token: str = "") -> Page[Secret]:
        """By id, without values."""
        with self._database.reading() as session:
            return store_secrets.page(session, workspace, page_size, page_token)

    def find(self, workspace: str, secret: str) -> str | None:
        """What is kept of it, encrypted; None where there is none."""
        with self._database.reading() as session:
            return store_secrets.find(session, workspace, secret)

    def delete(self, workspace: str, secret: str, *, call: Call = ANYBODY) -> None:
        """Delete it."""
        mutate(
            self._database,
            call,
            "DeleteSecret",
            workspace,
            {"secret": secret},
            lambda m: store_secrets.remove(m, workspace, secret),
        )

    def rotate(self, again: Callable[[str, str, str], str | None], *, call: Call = ANYBODY) -> tuple[int, int]:
        """Have all of them encrypted anew, or none: see `store_secrets.rotate`."""
        counts = (0, 0)

        def carry_out(mutation: Mutation) -> None:
            nonlocal counts
            counts = store_secrets.rotate(mutation, again)

        mutate(self._database, call, "RotateSecrets", "", {}, carry_out)
        return counts
