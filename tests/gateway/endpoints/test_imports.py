"""What code imports, over HTTP, as the control planes of both incumbents ask it."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOTH = ["/test-library", "/extract-libs", "/transformationLibrary/test", "/extractLibs"]
LIBRARY = (
    "import json, datetime\nfrom dateutil.parser import parse\nimport urllib.parse as u\ndef double(x):\n    return 2 * x\n"
)


async def asked(plane, path, code, language="pythonfaas", **more):
    answer = await plane.post(path, {"code": code, "language": language, **more})
    assert answer.headers["apiversion"] == "2"
    return answer.status, answer.json


@pytest.mark.parametrize("path", ["/test-library", "/transformationLibrary/test", "/extract-libs", "/extractLibs"])
async def test_the_imports_of_python_are_told_as_they_are_written(plane, path):
    modules = {"json": [], "datetime": [], "dateutil.parser": [], "urllib.parse": []}
    assert await asked(plane, path, LIBRARY) == (200, modules)
    for language in ("python", "pythonwithlibs"):
        assert (await asked(plane, path, "import json", language))[1] == {"json": []}
    assert await asked(plane, path, "x = 1") == (200, {})
    assert await asked(plane, path, "from library.pii.v1 import redact", validateImports=True) == (200, {"library.pii.v1": []})


async def test_the_language_is_the_endpoints_where_the_request_says_none(plane):
    for path in ("/test-library", "/extract-libs"):
        for more in ({}, {"language": ""}, {"language": None}):
            answer = await plane.post(path, {"code": "import json", **more})
            assert (answer.status, answer.json) == (200, {"json": []})
    answer = await plane.post("/extractLibs", {"code": "import {a} from 'b'"})
    assert (answer.status, answer.json) == (200, {"b": ["a"]})


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os\ndef double(x):\n    return x", "Import of 'os' is not allowed."),
        ("import urllib.request", "Import of 'urllib.request' is not allowed."),
        ("import json\nfrom os.path import join", "Import of 'os.path' is not allowed."),
        ("import library.nobody_wrote_it.v1", "Import of 'library.nobody_wrote_it.v1' is not allowed."),
        ("from . import beside", "Relative imports are not allowed."),
        ("from .beside import one", "Relative imports are not allowed."),
        ("import os\nfrom .. import one", "Relative imports are not allowed."),
        ("def double(x)\n    return x", "SyntaxError: expected ':'\n    at line 1, column 14"),
    ],
)
async def test_a_library_in_python_that_could_not_be_imported_is_refused_with_the_reason(plane, code, told):
    for path in ("/test-library", "/transformationLibrary/test"):
        assert await asked(plane, path, code) == (400, {"error": told})
    for path in ("/extract-libs", "/extractLibs"):
        assert await asked(plane, path, code, validateImports=True) == (400, {"error": told})


async def test_a_library_that_the_policy_refuses_is_refused_with_its_line(plane):
    status, told = await asked(plane, "/test-library", "import json\ng = (x for x in ())\ng.gi_frame\n")
    assert status == 400
    assert "gi_frame" in told["error"]
    assert "restricted name" in told["error"]
    assert told["error"].endswith("at line 3, column 1")
    status, told = await asked(plane, "/test-library", "from requests.utils import socket")
    assert (status, "'socket'" in told["error"]) == (400, True)
    # What is only asked for its imports need not be harmless.
    assert await asked(plane, "/extract-libs", "import json\ng = (x for x in ())\ng.gi_frame\n") == (200, {"json": []})


async def test_imports_are_extracted_whether_there_is_such_a_module_or_not(plane):
    assert await asked(plane, "/extract-libs", "import os.path\nimport json", validateImports=False) == (
        200,
        {"os.path": [], "json": []},
    )
    told = (400, {"error": "Relative imports are not allowed."})
    assert await asked(plane, "/extract-libs", "from . import one") == told


async def test_libraries_that_the_request_names_may_be_imported_too(plane):
    more = {"validateImports": True, "additionalLibraries": ["mylib"]}
    assert await asked(plane, "/extract-libs", "import mylib\nimport json", **more) == (200, {"mylib": [], "json": []})
    told = (400, {"error": "Import of 'other' is not allowed."})
    assert await asked(plane, "/extract-libs", "import mylib, other", **more) == told
    more["additionalLibraries"] = None
    assert await asked(plane, "/extract-libs", "import mylib", **more) == (400, {"error": "Import of 'mylib' is not allowed."})


@pytest.mark.need("javascript")
async def test_the_imports_of_javascript_are_told_with_their_names(plane):
    code = "import url from 'url';\nimport { a, b as c } from 'ab';\nimport * as all from 'all';\nimport 'effects';\nexport { d } from 'ab';"
    modules = {"url": ["url"], "ab": ["a", "b", "d"], "all": ["all"], "effects": []}
    assert await asked(plane, "/extractLibs", code, "javascript") == (200, modules)
    assert await asked(plane, "/extract-libs", code, "javascript", validateImports=True) == (200, modules)
    assert await asked(plane, "/test-library", code, "javascript") == (200, modules)
    assert await asked(plane, "/extractLibs", "export function f() {}", "javascript") == (200, {})


@pytest.mark.need("javascript")
async def test_a_library_in_javascript_is_right_or_not(plane):
    for code in ("export function f(x) { return 2 * x; }", "import o from 'other';\nexport const n: number = o;", "var x = 1;"):
        assert await asked(plane, "/transformationLibrary/test", code, "javascript") == (200, True)
    status, told = await asked(plane, "/transformationLibrary/test", "export function f( {", "javascript")
    assert status == 400
    assert told["error"].startswith("SyntaxError")
    assert (await asked(plane, "/extractLibs", "export function f( {", "javascript"))[0] == 400


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("code", [{}, {"code": ""}, {"code": None}, {"code": 7}, {"code": ["import os"]}])
async def test_code_that_is_missing_is_told_in_the_words_that_are_known(plane, path, code):
    told = "Invalid request. Code is missing" if "xtract" in path else "Invalid request. Missing code"
    answer = await plane.post(path, code)
    assert (answer.status, answer.json) == (400, {"error": told})


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'"code"', b"null", b"\xff", b"[" * 5000, b'{"code": "\\ud800"}'])
async def test_a_body_that_cannot_be_read_is_refused(plane, path, body):
    answer = await plane.post(path, body)
    assert answer.status == 400
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize("path", BOTH)
async def test_fields_of_other_types_are_refused_and_unknown_ones_are_not(plane, path):
    assert await asked(plane, path, "x = 1", "cobol") == (
        400,
        {"error": "Error: there is no language 'cobol'; there are javascript and python"},
    )
    assert (await asked(plane, path, "x = 1", 7))[0] == 400
    assert (await asked(plane, path, "x = 1", versionId="v", somethingElse={"a": [1]}))[0] == 200
    if "xtract" in path:
        for more in ({"validateImports": "yes"}, {"additionalLibraries": "one"}, {"additionalLibraries": [1]}):
            assert (await asked(plane, path, "x = 1", **more))[0] == 400
        assert (await asked(plane, path, "x = 1", additionalLibraries=["x"] * 10_001))[0] == 400


async def test_hostile_code_costs_its_caller_an_answer_and_nobody_else_anything(plane):
    for code in ("-" * 200_000 + "1", "a" + ".b" * 100_000, "x = " + "9" * 100_000, "(" * 1000, "\0"):
        status, told = await asked(plane, "/extract-libs", code)
        assert status == 400, code[:20]
        assert len(told["error"]) < 1000
    many = "\n".join(f"import m{n}" for n in range(5000))
    assert len((await asked(plane, "/extract-libs", many))[1]) == 5000
    large = "#" * 1_000_000
    status, told = await asked(plane, "/extract-libs", large)
    assert (status, "code_bytes" in told["error"]) == (400, True)
    assert await asked(plane, "/extract-libs", "import json") == (200, {"json": []})


async def test_there_is_no_such_method_and_no_such_path(plane):
    for path in BOTH:
        assert (await plane.ask("GET", path)).status == 405
        assert (await plane.post(path + "/", {})).status == 404
