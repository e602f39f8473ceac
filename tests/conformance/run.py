"""Run vectors through the mappers, as the processor, the router and the warehouses of a data plane would ask for them."""

import copy
import json
from functools import cache

from tests.conformance.vectors import difference
from transformer.destinations import shelf
from transformer.mappers.errors import MappingError
from transformer.mappers.mapper import Mapper, Program
from transformer.mappers.replies import no_jobs, processed, told
from transformer.mappers.router import routed
from transformer.mappers.warehouse import PROVIDERS, open_warehouse


@cache
def program_of(name):
    compiled = shelf.compiled(name)
    return Program(compiled.name, compiled.code, compiled.mappers)


def open_mapper(vector, destination):
    destination = destination or {}
    program = program_of(vector.destination)
    return Mapper(program, destination.get("Config"), destination, lambda: vector.clock, vector.features)


def rows(vector):
    """What a warehouse's event becomes, in the shape in which the vectors say it."""
    asked = vector.input
    settings = asked["destination"].get("Config") or {}
    try:
        warehouse = open_warehouse(vector.destination, settings, query=asked["request"]["query"])
        return {"output": warehouse.rows(asked["message"], asked.get("metadata") or {})}
    except MappingError as wrong:
        return {"error": [wrong.message, wrong.status]}


def of_warehouse(vector, item):
    """Rows in the shape of a processor's replies."""
    made = open_warehouse(vector.destination, item["destination"].get("Config") or {}).rows(item["message"])
    return [reply | ({"metadata": item["metadata"]} if "metadata" in item else {}) for reply in told(made)]


def answer(vector):
    if vector.feature == "warehouse":
        return rows(vector)
    given = copy.deepcopy(vector.input)
    if vector.feature == "processor" and vector.destination in PROVIDERS:
        return [reply for item in given for reply in of_warehouse(vector, item)]
    if vector.feature == "processor":
        return [reply for item in given for reply in processed(open_mapper(vector, item.get("destination")), item)]
    items = given.get("input")
    if not isinstance(items, list) or not items:
        return {"output": [no_jobs(given.get("destType"))]}
    return {"output": [reply for group in groups(items) for reply in route(vector, group)]}


def route(vector, items):
    return routed(open_mapper(vector, items[0].get("destination")), items)


def groups(items):
    """A data plane's router asks for each destination by itself, and for each set of settings that depend on events."""
    found = {}
    for item in items:
        destination = item.get("destination") or {}
        settings = None if destination.get("hasDynamicConfig") is False else destination.get("Config")
        key = json.dumps([destination.get("ID"), settings], sort_keys=True)
        found.setdefault(key, []).append(item)
    return found.values()


def first_difference(vector):
    """ "" where we answer as expected, else the first difference."""
    try:
        got = answer(vector)
    except Exception as wrong:  # noqa: BLE001 - a report goes on
        return f"raised {type(wrong).__name__}: {wrong}"
    return difference(vector.body, json.loads(json.dumps(got)))
