"""What a warehouse remembers is bounded, and forgetting changes no row."""

import pytest

from transformer.mappers.warehouse import open_warehouse, plan, values, warehouse
from transformer.mappers.warehouse.values import instant


def said(number):
    return {
        "type": "track",
        "event": "a",
        "messageId": "m",
        "receivedAt": "2026-01-01T00:00:00.000Z",
        "properties": {f"key{number}": number, "nested": {f"deep{number}": {"x": number}}},
        "integrations": {"POSTGRES": {"options": {"jsonPaths": [f"nested.deep{number}"]}}} if number % 2 else {},
    }


def test_names_are_forgotten_when_there_are_too_many(monkeypatch):
    expected = [open_warehouse("postgres", {}).rows(said(number)) for number in range(60)]
    monkeypatch.setattr(plan, "_REMEMBERED_NAMES", 7)
    monkeypatch.setattr(warehouse, "_REMEMBERED_PLANS", 2)
    small = open_warehouse("postgres", {})
    for number in range(60):
        assert small.rows(said(number)) == expected[number]
        assert len(small._plans) <= 2
        remembered = [part for parts in small._usual.parts.values() for _, _, part in parts.own]
        assert sum(len(branch.columns) + len(branch.branches) for branch in remembered) <= 7


def test_instants_are_forgotten(monkeypatch):
    monkeypatch.setattr(values, "_MOST_SEEN", 3)
    for second in range(10, 30):
        assert instant(f"2026-01-01T00:00:{second}.000+01:00") == f"2025-12-31T23:00:{second}.000Z"
        assert len(values._SEEN) <= 3
    assert instant(f"2026-01-01T00:00:00.{'0' * 100}Z") is None
    assert max(map(len, values._SEEN)) < 64


@pytest.mark.parametrize("provider", ["postgres", "bq"])
def test_one_warehouse_makes_the_rows_of_a_new_one(provider):
    kept = open_warehouse(provider, {"underscoreDivideNumbers": True})
    for number in [*range(5), *range(5)]:
        assert kept.rows(said(number)) == open_warehouse(provider, {"underscoreDivideNumbers": True}).rows(said(number))
