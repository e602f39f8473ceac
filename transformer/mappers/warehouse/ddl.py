"""Statements that make tables for rows, and add the columns which tables lack: one dialect for each database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from transformer.mappers.warehouse.schema import TYPES, Schema

__all__ = ["DIALECTS", "Dialect", "differing", "statements"]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a database says types, names and changes of tables.

    quotes    what a name stands between; the second is doubled within it
    types     the type of each type of column
    array     the type of an array, around that of its elements
    nullable  the type of a column that may be empty, around its own
    same      other names that the database has for the types
    create    a table, of `table` and `columns`
    add       a column to a table, of `table`, `column` and `name`, which is the column's as a text
    needed    columns that may not be empty
    """

    types: Mapping[str, str]
    quotes: str = '""'
    array: str = ""
    nullable: str = "{}"
    same: Mapping[str, str] | None = None
    create: str = "CREATE TABLE IF NOT EXISTS {table} (\n{columns}\n);"
    add: str = "ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column};"
    needed: frozenset[str] = frozenset()

    def quoted(self, *names: str) -> str:
        """A name as a statement has it; of several, one within the other."""
        left, right = self.quotes[0], self.quotes[1]
        return ".".join(f"{left}{name.replace(right, right * 2)}{right}" for name in names if name)

    def type_of(self, kind: str) -> str:
        """What the database calls a type of column."""
        if kind.startswith("array("):
            inner = kind.removeprefix("array(").removesuffix(")")
            return self.array.format(self.types[inner]) if self.array else self.types["string"]
        return self.types[kind]

    def column(self, name: str, kind: str) -> str:
        """A column as a statement has it."""
        told = self.type_of(kind)
        if name.lower() not in self.needed and not kind.startswith("array("):
            told = self.nullable.format(told)
        return f"{self.quoted(name)} {told}"


def _types(*names: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(("boolean", "int", "float", "datetime", "string", "text", "json"), names, strict=True)))


_SNOWFLAKE: Final = Dialect(types=_types("BOOLEAN", "NUMBER", "DOUBLE", "TIMESTAMP_TZ", "VARCHAR", "VARCHAR", "VARIANT"))
_SQL_SERVER: Final = Dialect(
    types=_types("bit", "bigint", "float", "datetimeoffset(3)", "nvarchar(max)", "nvarchar(max)", "nvarchar(max)"),
    quotes="[]",
    create="IF OBJECT_ID(N'{text}') IS NULL CREATE TABLE {table} (\n{columns}\n);",
    add="IF COL_LENGTH(N'{text}', N'{name}') IS NULL ALTER TABLE {table} ADD {column};",
)

_POSTGRES_NAMES: Final = MappingProxyType(
    {
        "timestamp with time zone": "timestamptz",
        "character varying": "varchar",
        "integer": "bigint",
        "numeric": "double precision",
    }
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "snowflake": _SNOWFLAKE,
        "snowpipe_streaming": _SNOWFLAKE,
        "rs": Dialect(
            types=_types("boolean", "bigint", "double precision", "timestamptz", "varchar(512)", "varchar(65535)", "super"),
            same=_POSTGRES_NAMES,
            add="ALTER TABLE {table} ADD COLUMN {column};",
        ),
        "bq": Dialect(types=_types("BOOL", "INT64", "FLOAT64", "TIMESTAMP", "STRING", "STRING", "JSON"), quotes="``"),
        "postgres": Dialect(
            types=_types("boolean", "bigint", "double precision", "timestamptz", "text", "text", "jsonb"), same=_POSTGRES_NAMES
        ),
        "deltalake": Dialect(
            types=_types("BOOLEAN", "BIGINT", "DOUBLE", "TIMESTAMP", "STRING", "STRING", "STRING"),
            quotes="``",
            create="CREATE TABLE IF NOT EXISTS {table} (\n{columns}\n) USING DELTA;",
            add="ALTER TABLE {table} ADD COLUMNS ({column});",
        ),
        "clickhouse": Dialect(
            types=_types("Bool", "Int64", "Float64", "DateTime64(3, 'UTC')", "String", "String", "String"),
            quotes="``",
            array="Array({})",
            nullable="Nullable({})",
            create=(
                "CREATE TABLE IF NOT EXISTS {table} (\n{columns}\n) ENGINE = ReplacingMergeTree ORDER BY (`received_at`, `id`);"
            ),
            needed=frozenset({"id", "received_at"}),
        ),
        "mssql": _SQL_SERVER,
        "azure_synapse": _SQL_SERVER,
    }
)
"""By provider. Data lakes have none: their tables are files."""


def statements(dialect: Dialect, schema: Schema, existing: Schema | None = None, within: str = "") -> Iterator[str]:
    """The statements after which a database has the tables and columns of a schema, beside those that exist.

    `within` is the database's schema, or whatever it calls what tables are in.
    """
    for table, columns in schema.items():
        quoted = dialect.quoted(within, table)
        text = quoted.replace("'", "''")
        there = (existing or {}).get(table)
        if there is None:
            lines = ",\n".join(f"  {dialect.column(name, kind)}" for name, kind in columns.items())
            yield dialect.create.format(table=quoted, columns=lines, text=text)
            continue
        for name, kind in columns.items():
            if name not in there:
                column = dialect.column(name, kind)
                yield dialect.add.format(table=quoted, column=column, text=text, name=name.replace("'", "''"))


def differing(dialect: Dialect, schema: Schema, existing: Schema) -> Iterator[tuple[str, str, str, str]]:
    """The columns that are there with another type than rows need: the table, the column, its type, and the needed one.

    A type that is not told is none that differs.
    """
    for table, columns in schema.items():
        there = existing.get(table, {})
        for name, kind in columns.items():
            if told := there.get(name):
                said = (dialect.type_of(told) if told in TYPES else told).lower()
                wanted = dialect.type_of(kind).lower()
                if _plain((dialect.same or {}).get(said, said)) != _plain(wanted):
                    yield table, name, told, kind


def _plain(kind: str) -> str:
    """A type without how long its values may be, which `information_schema` tells apart."""
    return kind.partition("(")[0].strip()
