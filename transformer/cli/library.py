"""`transformer library …`: the transforms that we ship, and libraries of a workspace's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from transformer.cli.code import SourceFile, read_source
from transformer.cli.exits import CommandError, Exit
from transformer.cli.offline import artefact_folder
from transformer.cli.server import SERVER_SETTINGS, all_pages, connect
from transformer.cli.spec import OFFLINE_SETTINGS, CommandSpec
from transformer.cli.talk import findings, line, print_json, print_lines, print_table, say, stdout
from transformer.cli.words import many, moment
from transformer.client import Client, LibraryVersion
from transformer.errors import CallerError, Code
from transformer.library import shelf
from transformer.library.cases import LibraryCase, cases_of
from transformer.library.manifest import ENGINES_OF_LIBRARIES
from transformer.library.pins import shipped_library
from transformer.library.shelf import Transform
from transformer.library.skeleton import SkeletonError, write_skeleton
from transformer.library.trial import Tried, try_cases
from transformer.manifest import ManifestError
from transformer.pool import Pool
from transformer.settings import Settings

__all__ = ["LIBRARY"]

_Names = Annotated[
    list[str] | None, typer.Argument(help="Transforms, as pii or library/pii/v1; all without one.", metavar="NAME")
]


def run_cases(
    names: _Names = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Run the cases of transforms, in every language that each has, and print what differs.

    NAME may also be a folder with a manifest.yaml: a transform that is not in the library yet.
    """
    cases = [case for transform in _chosen(names) for case in _cases(transform)]
    if not cases:
        raise CommandError("there are no cases; they lie in cases/*.json beside manifest.yaml", Exit.NOT_HELD)
    tried = asyncio.run(_test(cases, settings))
    failed = sum(1 for one in tried if one.differences)
    if as_json:
        print_json({"cases": len(cases), "runs": len(tried), "failed": failed, "results": [_told(one) for one in tried]})
    else:
        for one in tried:
            if one.differences:
                _print(one)
        held = len(tried) - failed
        told = f"{many(len(cases), 'case')}, {many(len(tried), 'run')}: {held} held, {failed} did not"
        say(told, "red" if failed else "green")
    return Exit.NOT_HELD if failed else Exit.OK


def _chosen(names: list[str] | None) -> list[Transform]:
    """The transforms of these names, or all. Raises CommandError."""
    try:
        if not names:
            return [transform for name in shelf.names() if (transform := shelf.find(name)) is not None]
        return [each for name in names for each in _named(name)]
    except ManifestError as wrong:
        raise CommandError(str(wrong)) from None


def _named(name: str) -> list[Transform]:
    if Path(name, "manifest.yaml").is_file():
        tried = shelf.try_out(Path(name).resolve())
        for engine in tried.sources:
            shipped_library(tried.reference, engine, {})  # refuses a circle
        return [tried]
    found = [each for each in shelf.names() if name in {each, each.split("/")[1]}]
    if not found:
        raise CommandError(f"there is no transform {name!r}; `transformer library list` shows all", Exit.USAGE)
    return [transform for each in found if (transform := shelf.find(each)) is not None]


def _cases(transform: Transform) -> list[LibraryCase]:
    try:
        return cases_of(transform)
    except CallerError as wrong:
        raise CommandError(wrong.message) from None


async def _test(cases: list[LibraryCase], settings: Settings) -> list[Tried]:
    async with Pool(settings, artefacts=artefact_folder()) as pool:
        return [tried async for tried in try_cases(pool, cases)]


def _print(tried: Tried) -> None:
    console = stdout()
    where = f"{tried.case.transform.reference}{f' in {tried.engine}' if tried.engine else ''}"
    console.print(line(f"{where}: {tried.case.name}", "bold red"), soft_wrap=True)
    console.print(line(f"    in {tried.case.where}", "dim"), soft_wrap=True)
    for difference in tried.differences:
        console.print(line(f"    {difference.path}"), soft_wrap=True)
        console.print(line(f"      expected  {difference.expected}", "green"), soft_wrap=True)
        console.print(line(f"      got       {difference.got}", "red"), soft_wrap=True)
    for logged in tried.logs:
        console.print(line(f"    log: {logged}", "dim"), soft_wrap=True)


def _told(tried: Tried) -> dict[str, Any]:
    return {
        "transform": tried.case.transform.reference,
        "engine": tried.engine,
        "name": tried.case.name,
        "file": tried.case.where,
        "held": not tried.differences,
        "differences": [{"path": d.path, "expected": d.expected, "got": d.got} for d in tried.differences],
        "logs": list(tried.logs),
    }


def list_transforms(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> Exit:
    """List the transforms of the library, with what each is for."""
    found = _chosen(None)
    if as_json:
        print_json([_summary(transform) for transform in found])
        return Exit.OK
    width = max((len(transform.reference) for transform in found), default=0)
    print_lines(f"{transform.reference:{width}}  {transform.manifest.summary}" for transform in found)
    return Exit.OK


def _summary(transform: Transform) -> dict[str, Any]:
    manifest = transform.manifest
    return {
        "name": transform.reference,
        "group": manifest.group,
        "summary": manifest.summary,
        "engines": list(transform.sources),
        "event_types": list(manifest.event_types),
        "exports": list(manifest.exports),
        "capabilities": dict(manifest.capabilities),
        "parameters": dict(manifest.parameters),
    }


def show(
    name: Annotated[str, typer.Argument(help="A transform, as pii or library/pii/v1.", metavar="NAME")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    code: Annotated[bool, typer.Option("--code", help="Print its code.")] = False,
) -> Exit:
    """Show what a transform does, its parameters, and its code."""
    for transform in _chosen([name]):
        if as_json:
            print_json(_summary(transform) | {"sources": dict(transform.sources)})
        elif code:
            print_lines(each for source in transform.sources.values() for each in source.splitlines())
        else:
            print_lines([*transform.readme.splitlines(), "", "Parameters", "", *parameter_lines(transform)])
    return Exit.OK


def parameter_lines(transform: Transform) -> list[str]:
    """Its parameters, one line each."""
    schema = transform.manifest.parameters
    required = schema.get("required", [])
    lines = []
    for name, each in schema["properties"].items():
        kind = each.get("type") or " | ".join(map(str, each.get("enum", ["any"])))
        default = "required" if name in required else f"default {each['default']!r}"
        lines.append(f"  {name} ({kind}, {default})  {each['description']}")
    return lines or ["  none"]


def new(
    name: Annotated[str, typer.Argument(help="The new transform, in lower-case words joined by _.", metavar="NAME")],
    folder: Annotated[Path, typer.Option(help="Where transforms lie.", metavar="FOLDER")] = Path("library/transforms"),
    engine: Annotated[
        list[str] | None, typer.Option(help=f"Its language, {' or '.join(ENGINES_OF_LIBRARIES)}; both without it.")
    ] = None,
) -> Exit:
    """Begin a transform: files that work, with cases, and what to do next."""
    if unknown := sorted(set(engine or ()) - set(ENGINES_OF_LIBRARIES)):
        raise CommandError(f"--engine: {unknown[0]!r} cannot have libraries; {' or '.join(ENGINES_OF_LIBRARIES)} can")
    try:
        made = write_skeleton(folder, name, engine or ENGINES_OF_LIBRARIES)
    except SkeletonError as wrong:
        raise CommandError(str(wrong)) from None
    print_lines([str(made)])
    say(f"its cases hold: transformer library test {made}")
    return Exit.OK


def publish(
    file: Annotated[Path, typer.Argument(help="The code (.py, .js, .mjs, .ts).", metavar="FILE")],
    name: Annotated[str, typer.Option(help="The handle that code imports it by.", metavar="HANDLE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Have everything checked, and change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the version as JSON.")] = False,
    *,
    settings: Settings,
) -> Exit:
    """Publish a library of the workspace's own, which its transformations import by handle.

    Transformations keep the version that was the newest when they were published; publish them again to take a newer one.
    """
    source = read_source(file)
    try:
        with connect(settings) as client:
            made = _publish(client, settings.workspace, name, source, dry_run=dry_run)
    except CallerError as wrong:
        if wrong.code is not Code.CODE_REFUSED:
            raise
        print_lines(findings(source.where, wrong.problems))
        say(f"the code was refused with {many(len(wrong.problems), 'problem')}; nothing was published", "red")
        return Exit.NOT_HELD
    if as_json:
        print_json(_published(made))
    else:
        print_lines([made.name])
    how = f"from {name} import …" if source.engine == "python" else f'import {{ … }} from "{name}"'
    say(f"version {made.number} {'would be' if dry_run else 'is'} what {how} finds", "green")
    return Exit.OK


def _publish(client: Client, workspace: str, handle: str, source: SourceFile, *, dry_run: bool) -> LibraryVersion:
    """The version, in a workspace that is created if it is not there."""
    try:
        return client.create_library_version(workspace, handle, source.engine, source.text, validate_only=dry_run)
    except CallerError as wrong:
        if wrong.code is not Code.NOT_FOUND or dry_run:
            raise
    client.create_workspace(workspace)
    say(f"created workspace {workspace}")
    return client.create_library_version(workspace, handle, source.engine, source.text)


def published(
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False, *, settings: Settings
) -> Exit:
    """List the libraries of the workspace's own, the newest version of each."""
    with connect(settings) as client:
        found = list(all_pages(lambda size, token: client.list_libraries(settings.workspace, size, token)))
    if as_json:
        print_json([_published(one) for one in found])
    elif found:
        print_table(
            ("library", "version", "engine", "published", "by"),
            [(one.handle, str(one.number), one.engine, moment(one.created), one.actor) for one in found],
        )
    else:
        say(f"workspace {settings.workspace} has no libraries of its own")
    return Exit.OK


def _published(version: LibraryVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "handle": version.handle,
        "version": version.number,
        "engine": version.engine,
        "content_hash": version.content_hash,
        "libraries": version.libraries,
        "created": version.created.isoformat(),
        "actor": version.actor,
    }


LIBRARY = (
    CommandSpec(
        name="library list", run=list_transforms, examples=("transformer library list", "transformer library list --json")
    ),
    CommandSpec(
        name="library show",
        run=show,
        examples=("transformer library show pii", "transformer library show library/pii/v1 --code"),
    ),
    CommandSpec(
        name="library test",
        run=run_cases,
        settings=OFFLINE_SETTINGS,
        examples=("transformer library test", "transformer library test pii drop_fields"),
    ),
    CommandSpec(
        name="library new",
        run=new,
        examples=("transformer library new gender_guess", "transformer library new gender_guess --engine python"),
    ),
    CommandSpec(
        name="library publish",
        run=publish,
        settings=SERVER_SETTINGS,
        examples=("transformer library publish address.py --name address",),
    ),
    CommandSpec(
        name="library published",
        run=published,
        settings=SERVER_SETTINGS,
        examples=("transformer library published", "transformer library published --json"),
    ),
)
