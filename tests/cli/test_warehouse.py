"""`transformer warehouse …`: rows, and statements whose tables hold those rows in a real database."""

import json
from collections import Counter

import pytest

from transformer.sample_events import sample_events

ODD = [  # what the sample has not: names that need care, values of two types, JSON, a table named by nobody
    {
        "type": "track",
        "messageId": "1",
        "event": 'He said "no"; DROP',
        "properties": {"User": "x", "a'b": 1, "long" * 30: True},
    },
    {"type": "track", "messageId": "2", "event": "Mixed", "properties": {"it": 1, "due": "2026-01-01", "big": 2**62}},
    {
        "type": "track",
        "messageId": "3",
        "event": "Mixed",
        "properties": {"it": 1.5, "due": "some day", "cart": {"é": [1, "ß"]}},
    },
    {"type": "track", "messageId": "4", "event": "Mixed", "properties": {"list": [1, {"a": "ü"}], "big": 2**70, "cart": [2]}},
    {"type": "identify", "messageId": "5", "userId": 7, "traits": {"plan": None, "select": "all"}},
]
SETTINGS = json.dumps({"jsonPaths": "cart", "storeFullEvent": True, "underscoreDivideNumbers": True})


@pytest.fixture
def events(folder):
    """events([…]): a file of events, one per line."""

    def write(events, name="events.jsonl"):
        (folder / name).write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
        return folder / name

    return write


@pytest.fixture
def database(postgres):
    """An empty database, as a connection."""
    import psycopg

    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
    postgres.take_back(url)


def load(database, rows, types):
    """Insert rows, as a loader does: what is no text stays what it is only in a column of its type."""
    for row in rows:
        table, data = row["metadata"]["table"], row["data"]
        values = [
            value if types[table][name] in {"int", "float", "boolean"} or isinstance(value, str) else json.dumps(value)
            for name, value in data.items()
        ]
        names = ", ".join(f'"{name}"' for name in data)
        places = ", ".join(["%s"] * len(data))
        database.execute(f'INSERT INTO "shop"."{table}" ({names}) VALUES ({places})', values)


def test_the_tables_that_are_printed_hold_the_rows(cli, events, database, folder):
    early, late = sample_events(120, seed=5), [*sample_events(60, seed=9), *ODD]
    first, second = events(early, "early.jsonl"), events([*early, *late], "all.jsonl")
    common = ("--provider", "postgres", "--with", SETTINGS)
    database.execute("CREATE SCHEMA shop")

    made = cli("warehouse", "ddl", *common, "--events", first, "--schema", "shop")
    assert made.code == 0
    database.execute("\n".join(made.out))
    query = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'shop'"
    there = ["table_name,column_name,data_type", *(",".join(line) for line in database.execute(query).fetchall())]
    (folder / "there.csv").write_text("\n".join(there))

    more = cli("warehouse", "ddl", *common, "--events", second, "--schema", "shop", "--existing", "there.csv")
    assert more.code == 0
    assert [line for line in more.out if line.startswith("ALTER TABLE")]
    database.execute("\n".join(more.out))

    rows = cli("warehouse", "rows", *common, "--events", second).events()
    types = cli("warehouse", "ddl", *common, "--events", second, "--json").json()
    load(database, rows, types)
    counted = Counter(row["metadata"]["table"] for row in rows)
    assert {"tracks", "identifies", "users", "pages", "screens", "groups", "aliases", "he_said_no_drop", "mixed"} <= set(
        counted
    )
    for table, count in counted.items():
        assert database.execute(f'SELECT count(*) FROM "shop"."{table}"').fetchone() == (count,)
    asked = database.execute("""SELECT id, it, "due", cart->'é'->>0, "list", big FROM shop.mixed ORDER BY id""").fetchall()
    assert asked == [
        ("2", 1.0, "2026-01-01T00:00:00.000Z", None, None, float(2**62)),
        ("3", 1.5, "some day", "1", None, None),
        ("4", None, None, None, '[1, {"a": "\\u00fc"}]', float(2**70)),
    ]
    assert database.execute("SELECT id, _select FROM shop.users WHERE id = '7'").fetchone() == ("7", "all")
    kept = database.execute("SELECT rudder_event->>'event' FROM shop.tracks WHERE id = '1'").fetchone()
    assert kept == ('He said "no"; DROP',)
    again = cli("warehouse", "ddl", *common, "--events", second, "--existing", "there.csv", "--schema", "shop")
    assert again.out == more.out


def test_a_schema_that_was_printed_is_read_again(cli, events, folder):
    file = events(ODD)
    schema = cli("warehouse", "ddl", "--provider", "rs", "--events", file, "--json").json()
    assert schema["mixed"]["it"] == "float"
    assert schema["mixed"]["due"] == "string"
    (folder / "schema.json").write_text(json.dumps(schema))
    again = cli("warehouse", "ddl", "--provider", "rs", "--events", file, "--existing", "schema.json")
    assert (again.code, again.out, again.err) == (0, [], ["nothing is missing"])
    del schema["mixed"]["it"]
    schema["mixed"]["due"] = "int"
    (folder / "schema.json").write_text(json.dumps(schema))
    less = cli("warehouse", "ddl", "--provider", "rs", "--events", file, "--existing", "schema.json")
    assert less.out == ['ALTER TABLE "mixed" ADD COLUMN "it" double precision;']
    assert less.err == ["mixed.due is int there, and the rows have string"]


@pytest.mark.parametrize(
    ("provider", "create", "column", "alter"),
    [
        (
            "snowflake",
            'CREATE TABLE IF NOT EXISTS "S"."A" (',
            '  "B" NUMBER,',
            'ALTER TABLE "S"."A" ADD COLUMN IF NOT EXISTS "B" NUMBER;',
        ),
        (
            "bq",
            "CREATE TABLE IF NOT EXISTS `S`.`a` (",
            "  `b` INT64,",
            "ALTER TABLE `S`.`a` ADD COLUMN IF NOT EXISTS `b` INT64;",
        ),
        ("deltalake", "CREATE TABLE IF NOT EXISTS `S`.`a` (", "  `b` BIGINT,", "ALTER TABLE `S`.`a` ADD COLUMNS (`b` BIGINT);"),
        (
            "clickhouse",
            "CREATE TABLE IF NOT EXISTS `S`.`a` (",
            "  `b` Nullable(Int64),",
            "ALTER TABLE `S`.`a` ADD COLUMN IF NOT EXISTS `b` Nullable(Int64);",
        ),
        (
            "mssql",
            "IF OBJECT_ID(N'[S].[a]') IS NULL CREATE TABLE [S].[a] (",
            "  [b] bigint,",
            "IF COL_LENGTH(N'[S].[a]', N'b') IS NULL ALTER TABLE [S].[a] ADD [b] bigint;",
        ),
    ],
)
def test_every_database_has_its_dialect(cli, events, folder, provider, create, column, alter):
    file = events([{"type": "track", "event": "a", "messageId": "1", "properties": {"b": 1}}])
    made = cli(
        "warehouse", "ddl", "--provider", provider, "--events", file, "--schema", "S", "--with", '{"skipTracksTable": true}'
    )
    assert made.out[0] == create
    assert column in made.out
    schema = cli("warehouse", "ddl", "--provider", provider, "--events", file, "--json").json()
    (table,) = [name for name in schema if name.lower() == "a"]
    there = {name: {key: kind for key, kind in columns.items() if key.lower() != "b"} for name, columns in schema.items()}
    (folder / "there.json").write_text(json.dumps(there))
    changed = cli("warehouse", "ddl", "--provider", provider, "--events", file, "--schema", "S", "--existing", "there.json")
    assert (table, changed.out) == (table, [alter])


def test_what_is_wrong_is_told_with_its_line(cli, events, folder):
    file = events([{"type": "page", "messageId": "1"}, {"type": "nonsense"}, [1]])
    ended = cli("warehouse", "rows", "--provider", "postgres", "--events", file)
    assert (ended.code, len(ended.out)) == (1, 1)
    assert ended.err == ['line 2: Unknown event type: "nonsense"', "line 3: the event is no JSON object"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--provider", "oracle"), "there is no warehouse 'oracle'; there are snowflake"),
        (("--provider", "s3_datalake"), "a data lake (Amazon S3 data lake) has files"),
        (("--provider", "rs", "--with", "{"), "--with must be a JSON object"),
        (("--provider", "rs", "--with", '{"jsonPaths": 3}'), "setting jsonPaths is no list"),
        (("--provider", "rs", "--existing", "none.json"), "none.json: no such file"),
        (("--provider", "rs", "--existing", "list.json"), "list.json: must be an object of tables"),
        (("--provider", "rs", "--existing", "broken.json"), "broken.json:1: not JSON"),
        (("--provider", "rs", "--existing", "a.csv"), "a.csv: CSV must have the columns table_name and column_name"),
        (("--provider", "rs", "--existing", "bytes"), "bytes: byte 0 is not UTF-8"),
    ],
)
def test_wrong_arguments_are_told(cli, events, folder, arguments, told):
    (folder / "list.json").write_text('[{"a": 1}]')
    (folder / "broken.json").write_text("{")
    (folder / "a.csv").write_text("a,b\n1,2\n")
    (folder / "bytes").write_bytes(b"\xff")
    ended = cli("warehouse", "ddl", *arguments, "--events", events(ODD))
    assert (ended.code, ended.out) == (2, [])
    assert told in ended.err[0]
