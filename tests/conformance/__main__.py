"""Print what of the vectors passes, a line a destination, with the first difference of every vector that does not."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.conformance.run import first_difference
from tests.conformance.vectors import DEFAULT, destinations, vectors_of
from transformer.destinations import shelf


def report(
    folder: Annotated[Path, typer.Argument(help="A folder with destinations/NAME/{processor,router}.jsonl.")] = DEFAULT,
    only: Annotated[list[str] | None, typer.Option(help="A destination; may be said more than once.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    if not (folder / "destinations").is_dir():
        Console(stderr=True).print(f"{folder}: has no folder `destinations`")
        raise typer.Exit(2)
    console = Console(highlight=False, soft_wrap=True)
    names = [name for name in destinations(folder) if not only or name in only]
    results = []
    for name in track(names, "vectors", console=Console(stderr=True), transient=True):
        missing = name not in shelf.names()
        for vector in vectors_of(folder, name):
            why = "there is no such destination here" if missing else first_difference(vector)
            results.append({"destination": name, "vector": vector.place, "title": vector.title, "difference": why})
    passed = [one for one in results if not one["difference"]]
    totals = {"destinations": len(names), "vectors": len(results), "passed": len(passed)}
    if as_json:
        sys.stdout.write(json.dumps({"results": results, "totals": totals}, indent=1) + "\n")
        return
    table = Table("destination", "passed", "of", "share")
    for name in names:
        own = [one for one in results if one["destination"] == name]
        right = sum(not one["difference"] for one in own)
        if name in shelf.names():
            for one in own:
                if one["difference"]:
                    console.print(f"{one['vector']} {one['title']}\n    {one['difference']}", markup=False)
        table.add_row(name, str(right), str(len(own)), f"{right / len(own):.0%}" if name in shelf.names() else "-")
    console.print(table)
    whole = sum(all(not one["difference"] for one in results if one["destination"] == name) for name in names)
    console.print(f"{len(passed)} of {len(results)} vectors pass; {whole} of {len(names)} destinations pass all of theirs")


if __name__ == "__main__":
    typer.run(report)
