"""`transformer keys`: make, list and revoke API keys.

The first key of all cannot be made through a server that asks for one: `--local` writes to the registry's database, as
whoever can read its password could anyhow. Servers that run learn of it within their activation poll.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from transformer.access import Role, keys
from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.server import SERVER_SETTINGS, actor, all_pages, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, print_table, say
from transformer.cli.words import moment
from transformer.client import Key, NewKey
from transformer.settings import Settings

if TYPE_CHECKING:  # the other commands start without the registry's libraries
    from transformer.registry import Store
    from transformer.registry.records import ApiKey

__all__ = ["KEYS"]

_LOCAL: Final = typer.Option("--local", help="Go to the registry's database (--database-url), not through a server.")
_EVERY: Final = typer.Option("--every-workspace", help="In every workspace, not only --workspace.")
_ROLES: Final = ", ".join(role.text for role in Role)


def create(
    label: Annotated[str, typer.Argument(help="Who or what will use it, for lists and the audit trail.", metavar="LABEL")],
    role: Annotated[str, typer.Option(help=f"What it may do: {_ROLES}.", metavar="ROLE")],
    every_workspace: Annotated[bool, _EVERY] = False,
    days: Annotated[
        int | None, typer.Option(help="Refuse it after so many days; without this it never expires.", min=1, max=36_500)
    ] = None,
    rate: Annotated[
        int,
        typer.Option(help="Requests per second that it may send; 0: what the server's settings say.", min=0, metavar="NUMBER"),
    ] = 0,
    local: Annotated[bool, _LOCAL] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Make an API key and print it, once.

    Only its hash is kept, so nobody can print it again. The first key, for an administrator, is made with --local on a machine
    that reaches the database; it can make the others.
    """
    if Role.of(role) is None:
        raise CommandError(f"there is no role {role!r}; roles are {_ROLES}")
    workspace = "" if every_workspace else settings.workspace
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    if local:
        made = _created_here(settings, label, role, workspace, expires, rate)
    else:
        with connect(settings) as client:
            made = client.create_key(label, role, workspace, expires=expires, requests_per_second=rate)
    key = made.key
    if as_json:
        print_json({**_as_json(key), "secret": made.secret})
    else:
        print_lines([made.secret])
    until = f"until {moment(key.expires)}" if key.expires else "and never expires"
    say(f"{key.name} may {_MAY[role]} in {_where(key)} {until}; it is printed this once")
    return Exit.OK


_MAY: Final = {"transform": "send batches", "author": "write code", "operator": "operate", "admin": "do everything"}


def list_(
    every_workspace: Annotated[bool, _EVERY] = False,
    local: Annotated[bool, _LOCAL] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """List API keys, newest first, without their secrets; those that expired or were revoked too."""
    workspace = "" if every_workspace else settings.workspace
    if local:
        with _store(settings) as store:
            found = list(_pages_here(store, workspace))
    else:
        with connect(settings) as client:
            found = list(all_pages(lambda size, token: client.list_keys(workspace, size, token)))
    if as_json:
        print_json([_as_json(key) for key in found])
    elif found:
        rows = [(key.name, key.role, _where(key), key.label, moment(key.created), key.created_by, _state(key)) for key in found]
        print_table(("key", "role", "where", "used by", "made", "by", "state"), rows)
    else:
        say(f"there are no keys of {f'workspace {workspace}' if workspace else 'any workspace'}")
    return Exit.OK


def revoke(
    key: Annotated[str, typer.Argument(help="The key: keys/ID, ID, or the whole key.", metavar="KEY")],
    local: Annotated[bool, _LOCAL] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Revoke an API key, for good: every server refuses it within a second."""
    name = keys.id_of(key) or key.removeprefix("keys/")
    if local:
        from transformer.registry.records import Call  # as above

        with _store(settings) as store:
            revoked = _of_store(store.revoke_key(name, call=Call(actor())))
    else:
        with connect(settings) as client:
            revoked = client.revoke_key(name)
    if as_json:
        print_json(_as_json(revoked))
    else:
        say(f"revoked {revoked.name} ({revoked.label})")
    return Exit.OK


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    from transformer.registry import Store  # as above

    store = Store(settings.database_url)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


def _created_here(settings: Settings, label: str, role: str, workspace: str, expires: datetime | None, rate: int) -> NewKey:
    from transformer.registry.records import Call, KeyDraft  # as above

    made = keys.make()
    draft = KeyDraft(made.id, made.digest, label, workspace, role, expires, rate)
    with _store(settings) as store:
        key = store.create_key(draft, call=Call(actor()))
        say(f"kept in {store.place}; servers of another database do not know it")
    return NewKey(_of_store(key), made.text)


def _pages_here(store: Store, workspace: str) -> Iterator[Key]:
    token = ""
    while True:
        page = store.list_keys(workspace, 1000, token)
        yield from map(_of_store, page.items)
        if not (token := page.next_token):
            return


def _of_store(key: ApiKey) -> Key:
    return Key(
        name=key.name,
        label=key.label,
        workspace=key.workspace,
        role=key.role,
        requests_per_second=key.requests_per_second,
        created=key.created,
        created_by=key.actor,
        expires=key.expires,
        revoked=key.revoked,
        revoked_by=key.revoked_by,
    )


def _where(key: Key) -> str:
    return f"workspace {key.workspace}" if key.workspace else "every workspace"


def _state(key: Key) -> str:
    if key.revoked:
        return f"revoked by {key.revoked_by}"
    if key.expires and key.expires <= datetime.now(UTC):
        return "expired"
    return f"until {moment(key.expires)}" if key.expires else "valid"


def _as_json(key: Key) -> dict[str, object]:
    return {
        "name": key.name,
        "label": key.label,
        "workspace": key.workspace or None,
        "role": key.role,
        "requests_per_second": key.requests_per_second,
        "created": key.created.isoformat(),
        "created_by": key.created_by,
        "expires": key.expires.isoformat() if key.expires else None,
        "revoked": key.revoked.isoformat() if key.revoked else None,
        "revoked_by": key.revoked_by or None,
    }


_SETTINGS: Final = (*SERVER_SETTINGS, "database_url")

KEYS: Final = (
    CommandSpec(
        name="keys create",
        run=create,
        settings=_SETTINGS,
        examples=(
            "transformer keys create gateway --role transform",
            "transformer keys create ops --role admin --every-workspace --days 90 --local",
        ),
    ),
    CommandSpec(
        name="keys list",
        run=list_,
        settings=_SETTINGS,
        examples=("transformer keys list", "transformer keys list --every-workspace --json"),
    ),
    CommandSpec(name="keys revoke", run=revoke, settings=_SETTINGS, examples=("transformer keys revoke keys/k3q7zq2ab4xw",)),
)
