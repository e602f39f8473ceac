"""Print what of the vectors passes, a line a destination, with the first difference of every vector that does not."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.conformance.over_http import over_http
from tests.conformance.run import first_difference
from tests.conformance.user_cases import LANGUAGES
from tests.conformance.user_code import results_of
from tests.conformance.vectors import DEFAULT, VectorError, destinations, vectors_of, warehouse_vectors_of
from transformer.destinations.step import kinds
from transformer.mappers.warehouse import PROVIDERS


def report(
    folder: Annotated[
        Path,
        typer.Argument(
            help="A folder with destinations/NAME/{processor,router}.jsonl, warehouses/NAME.jsonl and user_transformations/LANGUAGE.jsonl."
        ),
    ] = DEFAULT,
    only: Annotated[
        list[str] | None, typer.Option(help="A destination, a warehouse, python or javascript; may be said more than once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
    http: Annotated[bool, typer.Option("--http", help="Ask a server over HTTP, as data planes do.")] = False,
) -> None:
    """Run every vector in the folder, and say what passes. Exits with 0 whatever passes, with 2 if there are none, or one cannot be read."""
    if not folder.is_dir():
        Console(stderr=True).print(f"{folder}: is no folder", soft_wrap=True)
        raise typer.Exit(2)
    mapped, warehouses = destinations(folder)
    wanted = [(name, vectors_of, kinds()) for name in mapped if not only or name in only]
    wanted += [(name, warehouse_vectors_of, PROVIDERS) for name in warehouses if not only or name in only]
    languages = [name for name in LANGUAGES if (folder / "user_transformations" / f"{name}.jsonl").is_file()]
    languages = [name for name in languages if not only or name in only]
    if not wanted and not languages:
        Console(stderr=True).print(f"{folder}: has no vectors" + (f" of {', '.join(only)}" if only else ""), soft_wrap=True)
        raise typer.Exit(2)
    rows, results = [], []
    with over_http() if http else nullcontext(first_difference) as differs:
        for name, vectors, known in track(wanted, "vectors", console=Console(stderr=True), transient=True):
            kind = "warehouse" if known is PROVIDERS else "destination"
            try:
                read = list(vectors(folder, name))
            except VectorError as wrong:
                Console(stderr=True).print(str(wrong), markup=False, soft_wrap=True)
                raise typer.Exit(2) from None
            own = [
                {
                    "kind": kind,
                    "name": name,
                    "vector": vector.place,
                    "title": vector.title,
                    "difference": differs(vector) if name in known else "there is no mapper for it",
                }
                for vector in read
            ]
            rows.append((kind, name, name in known, sum(not one["difference"] for one in own), len(own)))
            results += own
    for name in languages:
        try:
            own = results_of(folder, name)
        except VectorError as wrong:
            Console(stderr=True).print(str(wrong), markup=False, soft_wrap=True)
            raise typer.Exit(2) from None
        rows.append(("user transformation", name, True, sum(not one["difference"] for one in own), len(own)))
        results += own
    if as_json:
        sys.stdout.write(json.dumps({"results": results, "totals": totals(rows)}, indent=1) + "\n")
    else:
        show(rows, results)


def totals(rows):
    found = {}
    for kind in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == kind]
        found[f"{kind}s"] = {
            "of": len(own),
            "with_mapper": sum(row[2] for row in own),
            "whole": sum(row[2] and row[3] == row[4] for row in own),
            "vectors": sum(row[4] for row in own),
            "passed": sum(row[3] for row in own),
        }
    return found


def show(rows, results):
    console = Console(highlight=False, soft_wrap=True)
    known = {row[:2] for row in rows if row[2]}
    for one in results:
        if one["difference"] and (one["kind"], one["name"]) in known:
            console.print(f"{one['vector']} {one['title']}\n    {one['difference']}", markup=False)
    table = Table("", "name", "passed", "of", "share")
    for kind, name, has, passed, count in rows:
        table.add_row(kind, name, str(passed), str(count), f"{passed / max(count, 1):.0%}" if has else "-")
    console.print(table)
    for kind, total in totals(rows).items():
        told = f"{kind}: {total['passed']} of {total['vectors']} vectors pass"
        if kind == "user transformations":
            exact = [not one["difference"] for one in results if one.get("exact")]
            console.print(f"{told}; of {len(exact)} that are exact, {sum(exact)}")
        else:
            mapped = f"{total['with_mapper']} have a mapper, and {total['whole']} pass all of theirs"
            console.print(f"{told}; of {total['of']}, {mapped}")


if __name__ == "__main__":
    typer.run(report)
