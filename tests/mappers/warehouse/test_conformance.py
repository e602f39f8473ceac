"""Rows against those of the incumbent, in place: `../shared/vectors/warehouses/<provider>.jsonl`.

`HELD` is how many cases of each provider hold. It may only rise.
"""

import orjson
import pytest

from transformer.mappers.errors import MappingError
from transformer.mappers.warehouse import PROVIDERS, open_warehouse

HELD = {
    "snowflake": 120,
    "snowpipe_streaming": 122,
    "rs": 115,
    "bq": 131,
    "postgres": 116,
    "deltalake": 119,
    "clickhouse": 127,
    "mssql": 127,
    "azure_synapse": 127,
    "s3_datalake": 126,
    "gcs_datalake": 122,
    "azure_datalake": 123,
}


def given(provider, case):
    """What the case's event becomes, in the shape in which the vectors say it."""
    asked = case["input"]
    settings = asked["destination"].get("Config") or {}
    try:
        warehouse = open_warehouse(provider, settings, query=asked["request"]["query"])
        rows = warehouse.rows(asked["message"], asked.get("metadata") or {})
    except MappingError as wrong:
        return {"error": {"message": wrong.message, "status": wrong.status}}
    return {"output": orjson.loads(orjson.dumps(rows))}


def expected(case):
    if error := case.get("error"):
        return {"error": {"message": error["message"], "status": error["status"]}}
    return {"output": case["output"]}


def first_difference(ours, theirs, where=""):
    """Where two values differ first; None if they do not. Numbers by value; a boolean is none."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**theirs, **ours}:
            if key not in ours or key not in theirs:
                return f"{where}.{key} is {'missing' if key not in ours else 'too much'}"
            if told := first_difference(ours[key], theirs[key], f"{where}.{key}"):
                return told
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return next((told for at, pair in pairs if (told := first_difference(*pair, f"{where}[{at}]"))), None)
    same = ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)
    return None if same else f"{where} is {ours!r}, not {theirs!r}"


def test_every_provider_has_its_floor():
    assert set(HELD) == set(PROVIDERS)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rows_are_the_incumbents(shared_folder, provider):
    lines = (shared_folder / "vectors" / "warehouses" / f"{provider}.jsonl").read_bytes().splitlines()
    cases = [orjson.loads(line) for line in lines]
    differences = {case["id"]: first_difference(given(provider, case), expected(case)) for case in cases}
    misses = {case: told for case, told in differences.items() if told}
    assert len(cases) - len(misses) >= HELD[provider], "\n".join(f"{case}: {told}" for case, told in misses.items())


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": 1}, {"a": True}, ".a is 1, not True"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ".a[1].b is 2, not 3"),
        ({"a": 1}, {}, ".a is too much"),
        ([1], [1, 2], " is [1], not [1, 2]"),
    ],
)
def test_differences_are_found(ours, theirs, told):
    assert first_difference(ours, theirs) == told
