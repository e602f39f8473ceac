"""Vectors that passed once pass for ever: floors.json says how many of each, and may only rise (`EXPECT=1` raises it)."""

import json
import os
from pathlib import Path

import pytest

from tests.conformance.run import first_difference
from tests.conformance.user_cases import LANGUAGES
from tests.conformance.user_code import results_of
from tests.conformance.vectors import VectorError, difference, vectors_of, warehouse_vectors_of
from transformer.destinations import shelf
from transformer.mappers.warehouse import PROVIDERS

FLOORS = Path(__file__).with_name("floors.json")
EXPECTED = json.loads(FLOORS.read_text("utf-8"))
MAPPED = [*shelf.names(), *PROVIDERS]
EVERY = [*MAPPED, *LANGUAGES]


@pytest.mark.parametrize("name", MAPPED)
def test_what_passed_passes(name, shared_folder):
    vectors = (warehouse_vectors_of if name in PROVIDERS else vectors_of)(shared_folder / "vectors", name)
    hold(name, {vector.place: first_difference(vector) for vector in vectors})


@pytest.mark.slow
@pytest.mark.need("landlock")
@pytest.mark.need("seccomp")
@pytest.mark.need("javascript")
@pytest.mark.parametrize("name", LANGUAGES)
def test_what_data_planes_asked_of_user_code_is_answered(name, shared_folder):
    results = results_of(shared_folder / "vectors", name)
    hold(name, {one["vector"]: one["difference"] for one in results})
    assert [
        one["vector"] for one in results if one["exact"] and one["difference"] and "whole data plane" not in one["difference"]
    ] == []


def hold(name, differences):
    """No fewer pass than did once; with EXPECT=1, more are noted."""
    wrong = [f"{place}\n    {told}" for place, told in differences.items() if told]
    passed = len(differences) - len(wrong)
    if os.environ.get("EXPECT"):
        floors = json.loads(FLOORS.read_text("utf-8"))
        floors[name] = max(passed, floors.get(name, 0))
        FLOORS.write_text(json.dumps(dict(sorted(floors.items())), indent=1) + "\n", "utf-8")
        return
    assert passed >= EXPECTED.get(name, 0), "\n".join(wrong)


def test_every_destination_has_its_floor():
    assert set(EXPECTED) == set(EVERY)


@pytest.mark.parametrize(
    ("expected", "got", "told"),
    [
        ({"a": 1}, {"a": 1.0}, ""),
        ({"a": 1}, {"a": True}, "$.a: true; expected 1"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "$.a[1].b: 3; expected 2"),
        ({"a": 1}, {}, "$.a: missing; expected 1"),
        ({}, {"a": 1}, "$.a: not expected: 1"),
        ([1], [1, 2], "$: 2 elements; expected 1"),
    ],
)
def test_differences_are_found(expected, got, told):
    assert difference(expected, got) == told


def test_vectors_are_lines_whatever_their_texts_hold(tmp_path):
    folder = tmp_path / "destinations/webhook"
    folder.mkdir(parents=True)
    given = {"id": "1", "name": "a\u2028b", "input": [], "output": {"status": 200, "body": []}}
    folder.joinpath("processor.jsonl").write_text(json.dumps(given, ensure_ascii=False) + "\n\n", "utf-8")
    assert [vector.title for vector in vectors_of(tmp_path, "webhook")] == ["a\u2028b"]


@pytest.mark.parametrize("line", ["{", "[]", "7", "{}", '{"id": "1", "input": [], "output": null}'])
def test_what_is_no_vector_is_told_with_its_place(line, tmp_path):
    folder = tmp_path / "destinations/webhook"
    folder.mkdir(parents=True)
    folder.joinpath("router.jsonl").write_text(line, "utf-8")
    with pytest.raises(VectorError, match=r"router\.jsonl:1: is no vector"):
        list(vectors_of(tmp_path, "webhook"))
