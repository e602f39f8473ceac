"""`transformer audit`: who changed what in a workspace."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from transformer.cli.exits import Exit
from transformer.cli.server import SERVER_SETTINGS, all_pages, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_table
from transformer.cli.words import moment
from transformer.settings import Settings

__all__ = ["AUDIT"]


def audit(
    count: Annotated[int, typer.Option("--count", "-n", help="How many entries at most.", min=1)] = 50,
    everywhere: Annotated[bool, typer.Option("--all", help="Of every workspace, and of keys for every workspace.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Print the audit trail of the workspace, newest first: every change with its time and who made it."""
    workspace = "-" if everywhere else settings.workspace
    with connect(settings) as client:
        pages = all_pages(lambda size, token: client.list_audit_entries(workspace, size, token), size=min(count, 1000))
        found = list(islice(pages, count))
    if as_json:
        print_json(
            [
                {
                    "id": entry.id,
                    "time": entry.time.isoformat(),
                    "actor": entry.actor,
                    "action": entry.action,
                    "resource": entry.resource,
                    "detail": entry.detail,
                }
                for entry in found
            ]
        )
        return Exit.OK
    prefix = f"workspaces/{workspace}/"
    rows = [
        (moment(entry.time), entry.actor, entry.action, entry.resource.removeprefix(prefix), entry.detail) for entry in found
    ]
    print_table(("when", "by", "did", "to", "detail"), rows)
    return Exit.OK


AUDIT = CommandSpec(
    name="audit", run=audit, settings=SERVER_SETTINGS, examples=("transformer audit", "transformer audit -n 500 --json")
)
