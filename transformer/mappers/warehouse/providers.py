"""Every warehouse that rows can be made for, and all in which they differ. One row each; the code asks the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from transformer.mappers.warehouse.reserved import athena, bigquery, databricks, postgres, redshift, snowflake, sqlserver

__all__ = ["PROVIDERS", "Provider"]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A kind of warehouse."""

    name: str
    title: str
    reserved: frozenset[str] = frozenset()
    """Words, in capitals, that no column or table is called; an underscore goes before them."""
    upper: bool = False
    longest_name: int | None = 127
    most_columns: int | None = 200
    loaded_at: bool = False
    """Tables have a column for when a row was loaded."""
    json_paths: str | None = None
    """The type of a column that holds what a JSON path of the settings names. None: there are no JSON paths."""
    violations: str = "string"
    """The type of what a tracking plan found wrong."""
    full_event: str = "string"
    """The type of the column `rudder_event`."""
    text_from: int | None = None
    """Strings with more characters than this are of type `text`."""
    users_table: bool = True
    users_times: bool = True
    """The table of users says when its row was sent, too."""
    merges: bool = False
    """Identities can be resolved, from merge rules."""
    arrays: bool = False
    """Columns can be arrays, if the data plane says so."""
    shared_options: bool = False
    """`integrations.DATA_WAREHOUSE` of an event counts here."""
    more_tables_of_ours: frozenset[str] = frozenset()


_SNOWFLAKE: Final = Provider(
    name="snowflake",
    title="Snowflake",
    reserved=snowflake.WORDS,
    upper=True,
    json_paths="json",
    violations="json",
    full_event="json",
    merges=True,
    shared_options=True,
)
_LAKE: Final = Provider(
    name="s3_datalake",
    title="Amazon S3 data lake",
    reserved=athena.WORDS,
    longest_name=None,
    most_columns=None,
    users_times=False,
)

_ALL: Final = (
    _SNOWFLAKE,
    replace(
        _SNOWFLAKE,
        name="snowpipe_streaming",
        title="Snowpipe Streaming",
        users_table=False,
        merges=False,
        shared_options=False,
        more_tables_of_ours=frozenset({"rudder_discards"}),
    ),
    Provider(
        name="rs",
        title="Amazon Redshift",
        reserved=redshift.WORDS,
        json_paths="json",
        full_event="text",
        text_from=512,
        shared_options=True,
    ),
    Provider(
        name="bq",
        title="Google BigQuery",
        reserved=bigquery.WORDS,
        loaded_at=True,
        json_paths="string",
        merges=True,
        shared_options=True,
    ),
    Provider(
        name="postgres",
        title="PostgreSQL",
        reserved=postgres.WORDS,
        longest_name=63,
        json_paths="json",
        violations="json",
        full_event="json",
        shared_options=True,
    ),
    Provider(name="deltalake", title="Databricks", reserved=databricks.WORDS),
    Provider(name="clickhouse", title="ClickHouse", arrays=True),
    Provider(name="mssql", title="Microsoft SQL Server", reserved=sqlserver.WORDS, full_event="json"),
    Provider(name="azure_synapse", title="Azure Synapse", reserved=sqlserver.WORDS, full_event="json"),
    _LAKE,
    replace(_LAKE, name="gcs_datalake", title="Google Cloud Storage data lake", reserved=bigquery.WORDS),
    replace(_LAKE, name="azure_datalake", title="Azure data lake", reserved=sqlserver.WORDS),
)

PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType({one.name: one for one in _ALL})
"""By the name that data planes use."""
