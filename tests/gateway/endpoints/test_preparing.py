"""Code that a control plane wants prepared before it is tried: whether it could be run is all that there is to say."""

import pytest

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

PYTHON = "import json\n\n\ndef transformEvent(event, metadata):\n    return event\n"
OLD = "function transform(events) { return events; }"
MISSING = "Error: Invalid Request. Missing parameters in transformation code block"


@pytest.fixture
def prepare(plane):
    """await prepare(code, **more) → status and JSON."""

    async def asked(code, language="pythonfaas", **more):
        revision = {"code": code, "language": language, "testName": "a-test", "versionId": "testVersionId"}
        answer = await plane.post("/transformation/sethandle", {"trRevCode": revision, **more})
        assert answer.headers["apiversion"] == "2"
        return answer.status, answer.json

    return asked


@pytest.mark.parametrize(
    ("code", "language"),
    [(PYTHON, "pythonfaas"), ("export const transformEvent = (event) => event;", None), (OLD, "javascript")],
)
async def test_code_that_can_be_run_needs_no_more(prepare, code, language):
    assert await prepare(code, language, libraryVersionIDs=[]) == (200, {"success": True})


@pytest.mark.parametrize(
    ("code", "language", "told"),
    [
        (
            "def transformEvent(event, metadata)\n    return event\n",
            "python",
            "SyntaxError: expected ':'\n    at line 1, column 36",
        ),
        ("import os\n\n\ndef transformEvent(event, metadata):\n    return event\n", "python", "Import of 'os' is not allowed."),
        ("export const one = 1;", "javascript", "There is no entry point"),
        (PYTHON, "cobol", "there is no language 'cobol'"),
        ("", "python", MISSING),
        (None, "python", MISSING),
        ("x" * 300_000, "python", "300000 bytes of code are too many"),
    ],
)
async def test_code_that_cannot_is_refused_with_the_reason(prepare, code, language, told):
    status, answer = await prepare(code, language)
    assert status == 400
    assert told in answer["error"]


async def test_a_library_that_is_not_there_is_told(prepare):
    status, answer = await prepare(PYTHON, libraryVersionIDs=["gone"])
    assert status == 400
    assert "gone" in answer["error"]


@pytest.mark.parametrize("body", [{}, {"trRevCode": None}, {"trRevCode": {}}])
async def test_what_names_no_code_is_refused(plane, body):
    answer = await plane.post("/transformation/sethandle", body)
    assert (answer.status, answer.json) == (400, {"error": MISSING})
