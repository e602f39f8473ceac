"""`transformer plan` and `transformer apply`: a whole workspace kept as a folder in git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from transformer.cli.exits import Exit
from transformer.cli.options import AsJson
from transformer.cli.server import SERVER_SETTINGS, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, say
from transformer.cli.words import many
from transformer.settings import Settings

if TYPE_CHECKING:
    from transformer.workspace.difference import Difference, Item
    from transformer.workspace.folder import Folder

__all__ = ["APPLY"]

_Folder = Annotated[Path, typer.Argument(help="The folder.", metavar="DIR")]
_SIGNS: Final = {"create": "+", "change": "~", "remove": "-"}
_DONE: Final = {"create": "created", "change": "changed", "remove": "removed"}


def plan(directory: _Folder, as_json: AsJson = False, *, settings: Settings) -> Exit:
    """Show what is between a folder and the workspace; change nothing.

    DIR has transformations/, libraries/, tables/, pipelines/ and destinations/, a file for each by its name. The exit code is 0
    where nothing is to be done, 1 where something is, and 3 where something in DIR is wrong; all of that is told.
    """
    from transformer.workspace.apply import look  # with the registry's modules, which other commands do without
    from transformer.workspace.folder import FolderError

    try:
        folder = _read(directory)
        with connect(settings) as client:
            difference = look(client, settings.workspace, folder, say)
    except FolderError as wrong:
        return _refused(settings, wrong.problems, as_json=as_json)
    if difference.problems:
        return _refused(settings, difference.problems, as_json=as_json)
    if as_json:
        print_json(_as_json(settings, difference, applied=False))
    else:
        _print(difference)
    if not difference.live.exists and not as_json:
        say(f"the workspace {settings.workspace} does not exist; transformer apply creates it, and checks code then", "yellow")
    if not difference.differs:
        say(f"nothing to do: {settings.workspace} is as {directory} says ({many(len(folder), 'resource')})", "green")
        return Exit.OK
    return Exit.NOT_HELD


def apply(
    directory: _Folder,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what was applied from the folder and is in it no more.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what somebody else has changed.")] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Make the workspace what a folder says, all of it or nothing.

    Versions are published first, which changes nothing; then everything becomes live in one step. The same folder applied again
    changes nothing. What somebody else changed since it was applied is left alone, and so is everything else then, unless
    --overwrite is said. What was never applied from a folder is never touched.
    """
    from transformer.workspace.apply import DriftError  # as in plan
    from transformer.workspace.apply import apply as carry_out
    from transformer.workspace.folder import FolderError

    try:
        folder = _read(directory)
        with connect(settings) as client:
            done = carry_out(client, settings.workspace, folder, prune=prune, overwrite=overwrite, told=say)
    except FolderError as wrong:
        return _refused(settings, wrong.problems, as_json=as_json, left="what requests run is as it was")
    except DriftError as wrong:
        problems = [f"{item.name} {item.drift}" for item in wrong.items]
        left = "nothing was changed; transformer plan shows it, --overwrite replaces it"
        return _refused(settings, problems, as_json=as_json, left=left)
    if as_json:
        print_json(_as_json(settings, done, applied=True))
    changed = [item for item in done.items if item.action in {"create", "change"} or (prune and item.action == "remove")]
    if not as_json:
        print_lines(f"{_SIGNS[item.action]} {item.name}" for item in changed)
    staying = [item for item in done.items if item.action == "remove" and (not prune or item.kind == "libraries")]
    for item in staying:
        why = "code that was published imports it; it stays" if item.kind == "libraries" else "--prune removes it"
        say(f"{item.name} {item.detail}; {why}", "yellow")
    say(f"{_counted(changed, _DONE)}; {settings.workspace} is as {directory} says", "green")
    return Exit.OK


def _read(directory: Path) -> Folder:
    """Raises FolderError."""
    from transformer.workspace.folder import read_folder

    folder = read_folder(directory, say)
    if folder.unread:
        say(f"not read in {directory}: {', '.join(folder.unread)}")
    return folder


def _refused(settings: Settings, problems: list[str], *, as_json: bool, left: str = "nothing was changed") -> Exit:
    if as_json:
        print_json({"workspace": settings.workspace, "applied": False, "problems": problems})
    else:
        print_lines(problems)
    say(f"{many(len(problems), 'problem')}; {left}", "red")
    return Exit.REFUSED


def _print(difference: Difference) -> None:
    shown = [item for item in difference.items if item.action != "keep"]
    for item in shown:
        print_lines([": ".join(filter(None, (f"{_SIGNS[item.action]} {item.name}", item.detail)))])
        print_lines(f"    {line}" for line in item.diff.splitlines())
        if item.drift:
            print_lines([f"  ! {item.drift}"])
    if shown:
        say(f"{_counted(shown, {action: f'to {action}' for action in _SIGNS})}; {_kept(difference)} unchanged")
    if any(item.action == "remove" for item in shown):
        say("what is in the folder no more is removed by transformer apply --prune only")
    if drifted := sum(1 for item in shown if item.drift):
        say(f"{many(drifted, 'resource')} (!) drifted: transformer apply refuses that without --overwrite", "yellow")


def _counted(items: list[Item], words: dict[str, str]) -> str:
    counts = ((sum(1 for item in items if item.action == action), word) for action, word in words.items())
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing changed"


def _kept(difference: Difference) -> int:
    return sum(1 for item in difference.items if item.action == "keep")


def _as_json(settings: Settings, difference: Difference, *, applied: bool) -> dict[str, Any]:
    return {
        "workspace": settings.workspace,
        "applied": applied,
        "same": _kept(difference),
        "differences": [
            {
                "name": item.name,
                "action": item.action.value,
                "file": item.path,
                "detail": item.detail,
                "drift": item.drift,
                "unchecked": item.unchecked,
                "diff": item.diff,
            }
            for item in difference.items
            if item.action != "keep"
        ],
    }


APPLY: Final = (
    CommandSpec(
        name="plan", run=plan, settings=SERVER_SETTINGS, examples=("transformer plan .", "transformer plan workspace --json")
    ),
    CommandSpec(
        name="apply",
        run=apply,
        settings=SERVER_SETTINGS,
        examples=("transformer apply .", "transformer apply workspace --prune --overwrite"),
    ),
)
