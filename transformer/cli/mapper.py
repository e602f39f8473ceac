"""`transformer mapper`: what maps events to destinations: list it, look at it, write it, check it, test it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import complain, print_json, print_lines, print_table, say
from transformer.cli.words import many
from transformer.destinations import shelf
from transformer.destinations.cases import failure_of, read_cases
from transformer.destinations.check import check_definition
from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import Definition, read_definition
from transformer.destinations.docs import index, readme
from transformer.destinations.lines import DefinitionError
from transformer.destinations.skeleton import write_skeleton

__all__ = ["MAPPER"]

_Names = Annotated[
    list[str] | None, typer.Argument(help="Destinations, by name or by folder; all that are shipped for none.", metavar="NAME")
]
_Name = Annotated[str, typer.Argument(help="The destination, by name or by folder.", metavar="NAME")]


def list_(as_json: AsJson = False) -> Exit:
    """List the destinations that there is a mapper for."""
    found = [shelf.definition_of(name) for name in shelf.names()]
    if as_json:
        print_json(
            [{"name": one.name, "title": one.title, "summary": one.summary, "events": list(one.events)} for one in found]
        )
        return Exit.OK
    print_table(
        ("destination", "title", "events", ""), [(one.name, one.title, ", ".join(one.events), one.summary) for one in found]
    )
    return Exit.OK


def show(
    name: _Name,
    compiled: Annotated[bool, typer.Option("--compiled", help="Print the Python that it is compiled to.")] = False,
) -> Exit:
    """Print a destination's page: settings, events, what is mapped from where. Or the code that a worker runs."""
    definition = _definition(name)
    if compiled:
        made = compile_definition(definition)
        for other, source in made.mappers:
            print_lines([f"# ---- {other}/mapper.py", *source.rstrip("\n").split("\n"), ""])
        print_lines([f"# ---- {made.name}/destination.yaml, compiled", *made.code.rstrip("\n").split("\n")])
    else:
        print_lines(readme(definition).rstrip("\n").split("\n"))
    return Exit.OK


def check(names: _Names = None, as_json: AsJson = False) -> Exit:
    """Look for slips: unknown keywords, types that cannot work, settings that do not exist, mappings that nothing reaches.

    Each is told with its file and line. An event that no case has is one, too.
    """
    problems: dict[str, list[str]] = {}
    folders = _folders(names)
    for folder in folders:
        try:
            check_definition(read_definition(folder), read_cases(folder))
        except DefinitionError as told:
            problems[folder.name] = told.problems
    total, wrong = len(folders), len(problems)
    if as_json:
        print_json({"destinations": total, "wrong": wrong, "problems": problems})
        return Exit.NOT_HELD if wrong else Exit.OK
    for problem in chain.from_iterable(problems.values()):
        complain(problem)
    if wrong:
        complain(f"{wrong} of {many(total, 'destination')} cannot be used as written")
        return Exit.NOT_HELD
    say(f"{many(total, 'destination')}: nothing is wrong", "green")
    return Exit.OK


def run_cases(names: _Names = None, as_json: AsJson = False) -> Exit:
    """Run the cases of destinations, and say what differs."""
    ran = 0
    failures: list[dict[str, str]] = []
    for folder in _folders(names):
        compiled = compile_definition(read_definition(folder))
        for case in read_cases(folder):
            ran += 1
            if told := failure_of(compiled, case):
                failures.append({"destination": folder.name, "case": case.name, "told": told})
    failed = len(failures)
    if as_json:
        print_json({"cases": ran, "held": ran - failed, "failed": failed, "failures": failures})
        return Exit.NOT_HELD if failed else Exit.OK
    for failure in failures:
        complain(failure["told"])
    if failed:
        complain(f"{failed} of {many(ran, 'case')} failed")
        return Exit.NOT_HELD
    say(f"{many(ran, 'case')} passed", "green")
    return Exit.OK


def new(
    name: Annotated[str, typer.Argument(help="The name: small letters, digits and _.", metavar="NAME")],
    folder: Annotated[Path, typer.Option(help="Where to write it.", metavar="FOLDER")] = Path("library/destinations"),
) -> Exit:
    """Write a new destination that works at once, with cases, to begin from."""
    try:
        place = write_skeleton(folder, name)
    except ValueError as wrong:
        raise CommandError(str(wrong)) from None
    except FileExistsError:
        raise CommandError(f"{folder / name}: is there already") from None
    except OSError as wrong:
        raise CommandError(f"{folder / name}: {(wrong.strerror or 'cannot be written').lower()}") from None
    say(f"{place} is written; edit it, then: transformer mapper check {place} && transformer mapper test {place}", "green")
    return Exit.OK


def docs(names: _Names = None) -> Exit:
    """Write the README.md of destinations from their definitions."""
    changed = 0
    definitions = [read_definition(folder) for folder in _folders(names)]
    pages = {one.path.with_name("README.md"): readme(one) for one in definitions}
    if not names:
        pages[shelf.folder() / "README.md"] = index(definitions)
    for path, page in pages.items():
        if not path.is_file() or path.read_text("utf-8") != page:
            path.write_text(page, "utf-8")
            changed += 1
    say(f"{many(len(pages), 'page')}, {changed} of them new or changed", "green")
    return Exit.OK


def _definition(name: str) -> Definition:
    return read_definition(_folder(name))


def _folders(names: Sequence[str] | None) -> list[Path]:
    return [_folder(name) for name in names or shelf.names()]


def _folder(name: str) -> Path:
    """The folder of a destination, by its name or itself. Raises CommandError, naming those that are near."""
    path = Path(name)
    if path.joinpath("destination.yaml").is_file():
        return path if path.name.strip(".") else path.resolve()
    if name in shelf.names():
        return shelf.folder() / name
    raise CommandError(shelf.no_such(name))


MAPPER: Final = (
    CommandSpec(name="mapper list", run=list_, examples=("transformer mapper list", "transformer mapper list --json")),
    CommandSpec(
        name="mapper show", run=show, examples=("transformer mapper show ga4", "transformer mapper show ga4 --compiled")
    ),
    CommandSpec(name="mapper check", run=check, examples=("transformer mapper check", "transformer mapper check ga4 --json")),
    CommandSpec(
        name="mapper test", run=run_cases, examples=("transformer mapper test ga4 am", "transformer mapper test --json")
    ),
    CommandSpec(name="mapper new", run=new, examples=("transformer mapper new example --folder my_destinations",)),
    CommandSpec(name="mapper docs", run=docs, examples=("transformer mapper docs",)),
)
