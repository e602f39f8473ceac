"""What code imports, as a loose check tells it: everything it writes, whether there is such a thing or not."""

import pytest

from transformer.engines.base import Surroundings
from transformer.engines.catalog import ENGINES


@pytest.fixture(scope="module")
def look(open_spec, need):
    """look(engine's name, source) → the report of a loose check of a library."""

    def look_at(name, source):
        if name == "javascript":
            need("javascript")
        return open_spec(ENGINES[name]).check(source, "test", Surroundings(library=True, loose=True))

    return look_at


def modules(report):
    return [(one.module, one.names, one.offered) for one in report.imports]


PYTHON = """
import json, os.path as there
from dateutil.parser import parse
from requests.packages.urllib3.util.retry import Retry

def transformEvent(event, metadata):
    if event:
        import mathhelper
    from .beside import one, two as zwei
    from . import three
    return event
"""


def test_python_imports_are_told_as_they_are_written_wherever_they_stand(look):
    assert modules(look("python", PYTHON)) == [
        ("json", (), True),
        ("os.path", (), False),
        ("dateutil.parser", ("parse",), True),
        ("requests.packages.urllib3.util.retry", ("Retry",), True),
        ("mathhelper", (), False),
        (".beside", ("one", "two"), False),
        (".", ("three",), False),
    ]


def test_python_imports_are_told_of_code_that_may_not_run_and_of_none_that_cannot_be_read(look):
    report = look("python", "import os\ngenerator = (x for x in ())\ngenerator.gi_frame\nreturn 1\n")
    assert modules(report) == [("os", (), False)]
    assert [problem.line for problem in report.problems] == [3, 4]
    for broken in ("import os\ndef x()\n", "import os\n\0", "import os\nx = '\ud800'", "-" * 50_000 + "1", "(" * 300):
        report = look("python", broken)
        assert report.imports is None
        assert report.problems


def test_what_a_module_does_not_hand_out_is_a_problem_of_a_loose_check_too(look):
    (problem,) = look("python", "from requests.utils import socket\nfrom os import path\n").problems
    assert "'socket'" in problem.message
    assert "non-importable" in problem.message


JAVASCRIPT = """
import url from 'url';
import { hash as h, "odd name" as odd } from "@rs/hash/v1";
import * as all from 'everything';
import both, { one } from 'both';
import 'effects';
export { again } from "both";
export function twice(x) { return 2 * x; }
"""


def test_javascript_imports_are_told_as_they_are_written(look):
    assert modules(look("javascript", JAVASCRIPT)) == [
        ("url", ("url",), False),
        ("@rs/hash/v1", ("hash", "odd name"), False),
        ("everything", ("all",), False),
        ("both", ("both", "one"), False),
        ("effects", (), False),
        ("both", ("again",), False),
    ]


def test_javascript_that_cannot_be_read_has_no_imports(look):
    for broken in ("import x from 'x'\nexport function (", "import x from 'x'\0", "import {"):
        report = look("javascript", broken)
        assert report.imports is None
        assert report.problems


def test_typescript_is_read_too(look):
    report = look("javascript", "import { one } from 'ones';\nexport const two: number = one as number + 1;\n")
    assert modules(report) == [("ones", ("one",), False)]
    assert not report.problems


def test_a_strict_check_tells_no_imports(look, engine):
    assert engine.check("import json\n", "test", Surroundings(library=True)).imports is None
