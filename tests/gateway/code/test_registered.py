"""Code from our own registry: a version id names a transformation or a pipeline of the event's workspace."""

import pytest
import pytest_asyncio

from transformer.client import AsyncClient
from transformer.errors import CallerError, Code
from transformer.gateway.code.registered import RegistryCode, reference_of
from transformer.gateway.code.sources import BackendError

SOURCE = "def transformEvent(event, metadata):\n    event['by'] = {}\n    return event\n"


@pytest.mark.parametrize(
    ("version_id", "reference"),
    [
        ("scrub", "transformations/scrub"),
        ("scrub@3", "transformations/scrub/versions/3"),
        ("scrub@beta", "transformations/scrub/aliases/beta"),
        ("transformations/scrub/versions/3", "transformations/scrub/versions/3"),
        ("workspaces/w/transformations/scrub", "workspaces/w/transformations/scrub"),
        ("pipelines/web", "pipelines/web"),
    ],
)
def test_a_version_id_is_a_short_name(version_id, reference):
    assert reference_of(version_id) == reference


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def published(server):
    """Two versions, the first of them live, and a pipeline of the second."""
    async with AsyncClient(server.address) as client:
        await client.create_workspace("registered")
        await client.create_transformation("registered", "mark")
        for number in (1, 2):
            await client.create_version("registered", "mark", SOURCE.format(number))
        await client.activate_version("registered", "mark", 1)
        await client.push_definition("registered", "pipelines", "web", "steps:\n- use: mark/versions/2\n")


@pytest.mark.parametrize(
    ("version_id", "by"),
    [("mark", 1), ("mark@2", 2), ("transformations/mark/versions/2", 2), ("pipelines/web", 2)],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_what_the_registry_has_is_run(plane, published, version_id, by):
    answer = await plane.post("/customTransform", [item(version_id)])
    assert [(one["statusCode"], one["output"]["by"]) for one in answer.json] == [(200, by)]


@pytest.mark.parametrize(("version_id", "status"), [("unknown", 404), ("mark@9", 404), ("No Name", 400), ("pipelines/no", 404)])
@pytest.mark.asyncio(loop_scope="session")
async def test_what_it_does_not_have_fails_the_event_alone(plane, published, version_id, status):
    answer = await plane.post("/customTransform", [item(version_id), item("mark")])
    assert answer.status == 200
    assert [one["statusCode"] for one in answer.json] == [status, 200]


async def test_what_only_a_config_backend_has_is_missing_without_one():
    source = RegistryCode(Refusing())
    for asking in (source.library("w", "l"), source.rudder_library("urlParser", "v1"), source.tracking_plan("w", "tp", "1")):
        with pytest.raises(BackendError) as raised:
            await asking
        assert (raised.value.kind, raised.value.status) == ("missing", 404)
    with pytest.raises(BackendError) as raised:
        await source.transformation("w", "t")
    assert raised.value.status == 400
    assert source.numbers() == {}


class Refusing:
    """A planner for whom nothing can be done."""

    async def choose(self, workspace, reference):
        raise CallerError(Code.PRECONDITION, "a secret is missing")


def item(version_id):
    return {
        "message": {"messageId": "m", "type": "track"},
        "metadata": {"workspaceId": "Registered", "messageId": "m", "sourceId": "s", "destinationId": version_id, "jobId": 1},
        "destination": {"Transformations": [{"VersionID": version_id}]},
    }
