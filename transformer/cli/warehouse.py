"""`transformer warehouse`: what events are as rows of a warehouse, and the statements that make the tables for them."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.reading import opened
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, say
from transformer.cli.values import json_object
from transformer.cli.words import many
from transformer.mappers.errors import InstrumentationError, MappingError
from transformer.mappers.warehouse import PROVIDERS, open_warehouse
from transformer.mappers.warehouse.ddl import DIALECTS, differing, statements
from transformer.mappers.warehouse.schema import Schema, add_rows

__all__ = ["WAREHOUSE"]

_Provider = Annotated[str, typer.Option(help=f"The kind of warehouse: {', '.join(PROVIDERS)}.")]
_Events = Annotated[Path | None, typer.Option(help="One JSON event per line; stdin for none.", metavar="FILE")]
_With = Annotated[str, typer.Option("--with", help="The settings of the destination, a JSON object.", metavar="JSON")]
_ON_ONE_LINE: Final = orjson.OPT_APPEND_NEWLINE


def rows(provider: _Provider, events: _Events = None, given: _With = "{}") -> Exit:
    """Print the rows of events, one JSON object per line, with `metadata` and `data` as a data plane gets them.

    Nothing is sent anywhere. An event that has no rows because it is wrong is named by its line, with what is wrong.
    """
    reader = _Reader(provider, given)
    for row in reader.rows(events):
        sys.stdout.buffer.write(orjson.dumps(row, option=_ON_ONE_LINE))
    sys.stdout.buffer.flush()
    return reader.exit_code


def ddl(
    provider: _Provider,
    events: _Events = None,
    schema: Annotated[str, typer.Option(help="The schema, database or data set that the tables are in.")] = "",
    existing: Annotated[
        Path | None,
        typer.Option(help="The columns that are there: JSON {table: {column: type}}, or CSV of information_schema.columns."),
    ] = None,
    given: _With = "{}",
    as_json: AsJson = False,
) -> Exit:
    """Print the statements that make the tables for the rows of a sample of events.

    With --existing: only the tables that are not there, and an ALTER TABLE for each column that a table lacks. A column whose
    values are of several types in the sample gets a type that holds them all. --json prints the schema instead, in the shape
    that --existing reads.
    """
    dialect = DIALECTS.get(provider)
    if dialect is None and provider in PROVIDERS and not as_json:
        title = PROVIDERS[provider].title
        raise CommandError(f"a data lake ({title}) has files, and no tables to create; --json prints the schema of its files")
    there = _read_existing(existing) if existing else None
    reader = _Reader(provider, given)
    found: Schema = {}
    add_rows(found, reader.rows(events))
    if as_json or dialect is None:
        print_json(found)
        return reader.exit_code
    for table, column, kind, wanted in differing(dialect, found, there or {}):
        say(f"{table}.{column} is {kind} there, and the rows have {wanted}", "yellow")
    changes = list(statements(dialect, found, there, schema))
    for statement in changes:
        sys.stdout.write(f"{statement}\n")
    if not changes:
        say("nothing is missing", "green")
    return reader.exit_code


class _Reader:
    """Reads events and makes their rows; says which it could not."""

    def __init__(self, provider: str, given: str) -> None:
        try:
            self._warehouse = open_warehouse(provider, json_object(given, "--with"))
        except MappingError as wrong:
            raise CommandError(wrong.message) from None
        self.exit_code = Exit.OK

    def rows(self, events: Path | None) -> Iterator[dict[str, Any]]:
        """The rows of all events, one line after the other."""
        with opened(events) as descriptor, os.fdopen(os.dup(descriptor), "rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    yield from self._warehouse.rows(_event(line))
                except MappingError as wrong:
                    self.exit_code = Exit.NOT_HELD
                    say(f"line {number}: {wrong.message}", "red")


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        event = None
    if isinstance(event, dict):
        return event
    message = "the event is no JSON object"
    raise InstrumentationError(message)


def _read_existing(file: Path) -> Schema:
    """The tables and columns that a file names. Raises CommandError."""
    try:
        text = file.read_text("utf-8-sig")
    except OSError as wrong:
        raise CommandError(f"{file}: {(wrong.strerror or 'cannot be read').lower()}") from None
    except UnicodeDecodeError as wrong:
        raise CommandError(f"{file}: byte {wrong.start} is not UTF-8") from None
    return _existing_of_json(file, text) if text.lstrip()[:1] in {"{", "["} else _existing_of_csv(file, text)


def _existing_of_json(file: Path, text: str) -> Schema:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise CommandError(f"{file}:{wrong.lineno}: not JSON") from None
    tables = found.items() if isinstance(found, dict) else ()
    if not isinstance(found, dict) or not all(
        isinstance(columns, dict) and all(isinstance(kind, str) for kind in columns.values()) for _, columns in tables
    ):
        raise CommandError(f"{file}: must be an object of tables, each an object of columns with their types")
    return found


def _existing_of_csv(file: Path, text: str) -> Schema:
    lines = csv.DictReader(io.StringIO(text))
    names = {name.strip().lower(): name for name in lines.fieldnames or ()}
    if not {"table_name", "column_name"} <= set(names):
        raise CommandError(f"{file}: CSV must have the columns table_name and column_name, and may have data_type")
    found: Schema = {}
    try:
        for line in lines:
            table, column = line[names["table_name"]], line[names["column_name"]]
            found.setdefault(table or "", {})[column or ""] = line[names["data_type"]] or "" if "data_type" in names else ""
    except csv.Error as wrong:
        raise CommandError(f"{file}:{lines.line_num}: {wrong}") from None
    say(f"{file}: {many(len(found), 'table')}")
    return found


WAREHOUSE: Final = (
    CommandSpec(
        name="warehouse rows",
        run=rows,
        examples=("transformer events -n 3 | transformer warehouse rows --provider snowflake",),
    ),
    CommandSpec(
        name="warehouse ddl",
        run=ddl,
        examples=(
            "transformer warehouse ddl --provider postgres --events events.jsonl --schema shop",
            "transformer warehouse ddl --provider postgres --events events.jsonl --existing columns.csv",
        ),
    ),
)
