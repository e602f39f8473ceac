"""Every destination that we ship: nothing to find fault with, its cases pass, its page is what its definition says."""

import ast
import copy

import pytest

from transformer.destinations import shelf
from transformer.destinations.cases import failure_of, read_cases
from transformer.destinations.check import check_definition
from transformer.destinations.docs import index, readme
from transformer.mappers.errors import MappingError
from transformer.mappers.imports import STANDARD
from transformer.mappers.mapper import Mapper, Program

SIGN = "sign_of_an_event"


@pytest.mark.parametrize("name", shelf.names())
def test_nothing_is_wrong_with_it(name):
    definition = shelf.definition_of(name)
    check_definition(definition, read_cases(definition.path.parent))


@pytest.mark.parametrize("name", shelf.names())
def test_its_cases_pass(name):
    failures = [failure_of(shelf.compiled(name), case) for case in read_cases(shelf.folder() / name)]
    assert [told for told in failures if told] == []


@pytest.mark.parametrize("name", shelf.names())
def test_its_page_is_made_from_its_definition(name):
    page = shelf.folder() / name / "README.md"
    assert page.read_text("utf-8") == readme(shelf.definition_of(name)), f"run: transformer mapper docs {name}"


@pytest.mark.parametrize("name", shelf.names())
def test_what_it_tells_quotes_no_event(name):
    cases = [case for case in read_cases(shelf.folder() / name) if not case.routed]
    compiled = shelf.compiled(name)
    assert not any(SIGN in told.lower() for case in cases[:6] for told in _told(compiled, case))


def _told(compiled, case):
    """What is told of the case's event with another thing in it here and there."""
    mapper = Mapper(Program(compiled.name, compiled.code, compiled.mappers), case.settings, case.destination)
    for changed in ({"type": SIGN}, {"event": SIGN}, {"action": SIGN}, {"traits": {"email": SIGN, "groupType": SIGN}}):
        event = copy.deepcopy(case.events[0]) | copy.deepcopy(changed)
        try:
            mapper.requests(event, case.metadata, case.connection)
        except MappingError as wrong:
            yield wrong.told


@pytest.mark.parametrize("name", [name for name in shelf.names() if shelf.definition_of(name).mapper])
def test_its_functions_import_what_a_worker_has(name):
    imported = set()
    for node in ast.walk(ast.parse(shelf.definition_of(name).mapper)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    own = ("destinations.", "transformer.mappers", "__future__")
    assert {module for module in imported if module not in STANDARD and not module.startswith(own)} == set()


def test_the_list_of_all_is_made_from_their_definitions():
    page = shelf.folder() / "README.md"
    assert page.read_text("utf-8") == index([shelf.definition_of(name) for name in shelf.names()]), (
        "run: transformer mapper docs"
    )
