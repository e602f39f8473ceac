"""Libraries of a workspace's own: published, imported by handle, pinned by whoever imports them."""

import dataclasses

import pytest
import pytest_asyncio

from transformer.errors import CallerError, Code
from transformer.limits import Limits
from transformer.pool import Pool
from transformer.registry.publish import publish
from transformer.registry.publish_library import publish_library
from transformer.registry.records import Call
from transformer.settings import Settings

PYTHON = "def f(x):\n    return x + 1\n"
USES = "from tools import f\n\n\ndef transformEvent(event, metadata):\n    return {'n': f(1)}\n"
LIMITS = Limits()

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0, event_seconds=20, turn_seconds=60)) as made:  # a machine may stand still
        yield made


@pytest.fixture
def store(sqlite_url, open_store):
    made = open_store(sqlite_url)
    made.migrate()
    made.create_transformation("default", "t", "")
    return made


@pytest.fixture
def add(pool, store):
    async def publish_it(source, handle="tools", engine="python", **call):
        return await publish_library(pool, store, "default", handle, engine, source, limits=LIMITS, call=Call(**call))

    return publish_it


@pytest.fixture
def use(pool, store):
    async def publish_it(source, transformation="t", engine="python"):
        return await publish(pool, store, "default", transformation, engine, source, limits=LIMITS, call=Call())

    return publish_it


async def test_versions_are_numbered_and_the_same_code_is_the_same_version(add, store):
    first, again, second = await add(PYTHON), await add(PYTHON), await add(PYTHON + "g = f\n")
    assert (first.number, again.number, second.number) == (1, 1, 2)
    assert store.libraries.get("default", "tools", 1).source == PYTHON
    assert [(one.handle, one.number) for one in store.libraries.page("default").items] == [("tools", 2)]


async def test_what_is_published_keeps_what_it_imported(add, use):
    await add(PYTHON)
    first = await use(USES)
    await add(PYTHON.replace("+ 1", "+ 2"))
    second = await use(USES)
    assert [one.libraries[0].source for one in (first, second)] == [PYTHON, PYTHON.replace("+ 1", "+ 2")]
    assert first.content_hash != second.content_hash


@pytest.mark.parametrize(
    ("engine", "library", "step"),
    [
        ("python", "def transformEvent(event, metadata):\n    return event\n", "from tools import transformEvent\n"),
        ("javascript", "export function transformEvent(e) { return e; }\n", 'export { transformEvent } from "tools";\n'),
    ],
)
async def test_one_line_makes_a_library_a_step(add, use, need, engine, library, step):
    if engine == "javascript":
        need(engine)
    await add(library, engine=engine)
    assert (await use(step, engine=engine)).entry_point == "transformEvent"


async def test_a_handle_stays_with_its_language(add, store, need):
    need("javascript")
    await add(PYTHON)
    with pytest.raises(CallerError, match="is python; publish one of javascript under a handle of its own") as caught:
        await add("export const f = (x) => x;\n", engine="javascript")
    assert caught.value.code is Code.PRECONDITION
    assert [one.engine for one in store.libraries.page("default").items] == ["python"]


async def test_a_library_keeps_what_it_imports_and_brings_it_along(add, use):
    await add(PYTHON, "base")
    await add("import base\n\n\ndef f(x):\n    return base.f(x)\n")
    await add(PYTHON.replace("+ 1", "+ 2"), "base")
    made = await use(USES)
    assert {(one.name, one.direct) for one in made.libraries} == {("tools", True), ("base", False)}
    assert next(one for one in made.libraries if one.name == "base").source == PYTHON


async def test_a_circle_is_refused_with_its_way(add):
    await add(PYTHON, "base")
    await add("import base\n")
    with pytest.raises(CallerError) as caught:
        await add("from tools import base\n", "base")
    assert caught.value.code is Code.CODE_REFUSED
    assert caught.value.problems[0].message == "libraries import each other in a circle: base → tools → base"


async def test_what_cannot_be_loaded_is_refused(add, store):
    for source, told in (("x = 1 / 0\n", "ZeroDivisionError"), ("import os\n", "Import of 'os'"), ("x = \n", "SyntaxError")):
        with pytest.raises(CallerError, match=told):
            await add(source)
    assert store.libraries.page("default").items == []


async def test_an_unknown_one_is_refused_with_a_near_name(add, use):
    await add(PYTHON)
    with pytest.raises(CallerError) as caught:
        await use(USES.replace("tools", "tols"))
    assert caught.value.problems[0].message == "There is no library 'tols': did you mean tools?"


@pytest.mark.parametrize("handle", ["json", "library", "for", "a-b", "1x", "x" * 64, ""])
async def test_a_handle_is_a_name_that_code_can_import(add, handle):
    with pytest.raises(CallerError) as caught:
        await add(PYTHON, handle)
    assert caught.value.code is Code.BAD_REQUEST


async def test_nothing_is_stored_where_it_is_only_checked(add, store):
    assert (await add(PYTHON, validate_only=True)).number == 1
    assert store.libraries.page("default").items == []


async def test_a_repeated_request_gets_the_first_answer(add):
    first = await add(PYTHON, request_id="r")
    assert (await add(PYTHON, request_id="r")) == first


async def test_another_workspace_sees_none_of_it(add, pool, store):
    await add(PYTHON)
    store.create_workspace("other", "")
    store.create_transformation("other", "t", "")
    with pytest.raises(CallerError, match="tools"):
        await publish(pool, store, "other", "t", "python", USES, limits=LIMITS, call=Call())


async def test_libraries_have_a_size_together(pool, store, add, use):
    await add(f"x = {'1' * 2000!r}\n")
    small = dataclasses.replace(LIMITS, code_bytes=400)
    with pytest.raises(CallerError, match="bytes together; at most 1600"):
        await publish(pool, store, "default", "t", "python", USES.replace("f(1)", "1"), limits=small, call=Call())
