"""Pipelines on a real server: pushed as YAML, run in one request, changed while it runs, all or nothing where several change."""

import json

import pytest
import pytest_asyncio

from transformer.client import AliasMove, AsyncClient, DefinitionContent
from transformer.errors import CallerError, Code
from transformer.registry.sealing import new_key

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

MARK = 'def transformEvent(event, metadata):\n    if event.get("bad"):\n        raise ValueError("no")\n    event["mark"] = {}\n    return event\n'
KAFKA = "type: kafka\nsettings: {{topic: {}}}\n"
PIPELINE = "steps:\n  - use: {}\n  - use: library/drop_fields/v1\n    with: {{fields: [properties.card]}}\ndestination: {}\n"
EVENT = {"type": "track", "userId": "u", "event": "Paid", "properties": {"card": "4242", "total": 3}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(open_server):
    async with (
        open_server(secrets_key=new_key(), activation_poll_seconds=0.05) as server,
        AsyncClient(server.address) as client,
    ):
        await client.create_transformation("default", "mark")
        await client.create_version("default", "mark", MARK.format(1))
        await client.create_version("default", "mark", MARK.format(2))
        await client.activate_version("default", "mark", 1)
        await client.push_definition("default", "destinations", "lake", KAFKA.format("first"))
        await client.push_definition("default", "pipelines", "orders", PIPELINE.format("mark", "lake"))
        yield client


async def sent(client, *events, pipeline="orders"):
    return await client.transform(workspace="default", pipeline=pipeline, events=list(events))


async def test_code_library_and_destination_run_in_one_request(client):
    result = await sent(client, EVENT, EVENT | {"bad": True})
    assert [outcome.status.name for outcome in result.outcomes] == ["EMITTED", "FAILED"]
    assert json.loads(result.outputs[0].payload) == {
        "message": EVENT | {"properties": {"total": 3}, "mark": 1},
        "userId": "u",
        "topic": "first",
    }
    assert result.outcomes[1].failure.code is Code.EXCEPTION
    assert result.outcomes[1].failure.version.endswith("transformations/mark/versions/1")
    assert [name.split("/", 2)[2] if name.startswith("workspaces") else name for name in result.versions] == [
        "transformations/mark/versions/1",
        "library/drop_fields/v1",
        "destinations/lake/versions/1",
    ]


async def test_another_version_is_run_as_soon_as_it_is_pushed_and_the_first_one_again(client):
    await client.push_definition("default", "destinations", "moving", KAFKA.format("one"))
    await client.push_definition("default", "pipelines", "moving", "destination: moving")
    assert json.loads((await sent(client, EVENT, pipeline="moving")).outputs[0].payload)["topic"] == "one"
    made = await client.push_definition("default", "destinations", "moving", KAFKA.format("two"))
    assert (made.number, json.loads((await sent(client, EVENT, pipeline="moving")).outputs[0].payload)["topic"]) == (2, "two")
    again = await client.push_definition("default", "destinations", "moving", KAFKA.format("one"))
    assert (again.number, json.loads((await sent(client, EVENT, pipeline="moving")).outputs[0].payload)["topic"]) == (1, "one")
    live = await client.activate_definition_version("default", "destinations", "moving", 2)
    assert (live.live.number, live.latest_version) == (2, 2)
    versions = await client.list_definition_versions("default", "destinations", "moving")
    assert [version.number for version in versions.items] == [2, 1]


async def test_a_secret_reaches_the_mapper_by_reference_only(client):
    content = "type: kafka\nsettings: {topic: '${secret.TOPIC}'}\n"
    with pytest.raises(CallerError) as missing:
        await client.push_definition("default", "destinations", "hidden", content)
    assert missing.value.code is Code.PRECONDITION
    assert "transformer secrets set TOPIC" in missing.value.message
    await client.create_secret("default", "TOPIC", "t0psecret")
    await client.push_definition("default", "destinations", "hidden", content)
    await client.push_definition("default", "pipelines", "hidden", "destination: hidden")
    assert json.loads((await sent(client, EVENT, pipeline="hidden")).outputs[0].payload)["topic"] == "t0psecret"
    await client.update_secret("default", "TOPIC", "an0ther")
    assert json.loads((await sent(client, EVENT, pipeline="hidden")).outputs[0].payload)["topic"] == "an0ther"
    kept = await client.get_definition("default", "destinations", "hidden")
    assert "t0psecret" not in kept.live.content


@pytest.mark.parametrize(
    ("kind", "content", "code", "told"),
    [
        ("pipelines", "steps: [{use: nowhere}]", Code.PRECONDITION, "has no transformation nowhere"),
        ("pipelines", "destination: nowhere", Code.PRECONDITION, "has no destination nowhere"),
        ("pipelines", "steps: [{use: library/pi/v1}]", Code.BAD_REQUEST, "did you mean library/pii/v1"),
        ("pipelines", "steps: []", Code.BAD_REQUEST, "a pipeline has steps, or a destination, or both"),
        ("pipelines", "step: [mark]", Code.BAD_REQUEST, "unknown key 'step'"),
        ("pipelines", "- mark", Code.BAD_REQUEST, "is no mapping"),
        (
            "pipelines",
            "steps: [{use: library/hash_fields/v1, with: {fields: [a], key: '${secret.K}'}}]",
            Code.BAD_REQUEST,
            "pipelines/x:1: library/hash_fields/v1: parameters are no place for secrets",
        ),
        (
            "destinations",
            "type: kafka\nsettings: {topic: 'a-${secrets.T}'}",
            Code.BAD_REQUEST,
            "topic names a secret as nobody can",
        ),
        ("destinations", "type: kafka\nsettings: {topic: '${secret.BAD NAME}'}", Code.BAD_REQUEST, "write ${secret.NAME}"),
        ("destinations", "type: kafak", Code.BAD_REQUEST, "did you mean kafka"),
        (
            "destinations",
            "type: kafka\nsettings: {topic: [1]}",
            Code.BAD_REQUEST,
            "destinations/x:2: topic must be of type string",
        ),
    ],
)
async def test_what_is_wrong_is_refused_with_its_place(client, kind, content, code, told):
    with pytest.raises(CallerError) as refused:
        await client.push_definition("default", kind, "x", content)
    assert (refused.value.code, told in refused.value.message) == (code, True), refused.value.message
    with pytest.raises(CallerError) as absent:
        await client.get_definition("default", kind, "x")
    assert absent.value.code is Code.NOT_FOUND


async def test_several_changes_come_together_or_not_at_all(client):
    lake = DefinitionContent("destinations", "both", KAFKA.format("both"))
    flow = DefinitionContent("pipelines", "both", PIPELINE.format("mark/aliases/both", "both"))
    wrong = DefinitionContent("pipelines", "wrong", "destination: nowhere")
    move = AliasMove("mark", "both", 2)
    with pytest.raises(CallerError):
        await client.apply_definitions("default", [lake, flow, wrong], aliases=[move])
    with pytest.raises(CallerError) as absent:
        await client.get_definition("default", "destinations", "both")
    assert absent.value.code is Code.NOT_FOUND
    made = await client.apply_definitions("default", [flow, lake], aliases=[move])
    assert [version.number for version in made] == [1, 1]
    assert json.loads((await sent(client, EVENT, pipeline="both")).outputs[0].payload)["message"]["mark"] == 2
    with pytest.raises(CallerError) as stale:
        await client.apply_definitions("default", [lake])
    assert stale.value.code is Code.STALE_ETAG
    with pytest.raises(CallerError) as used:
        await client.delete_definition("default", "destinations", "both")
    assert "pipelines/both sends to it" in used.value.message
    await client.apply_definitions("default", removals=[("destinations", "both"), ("pipelines", "both")])
    with pytest.raises(CallerError) as gone:
        await sent(client, EVENT, pipeline="both")
    assert gone.value.code is Code.NOT_FOUND


async def test_a_request_names_a_pipeline_or_transformations(client):
    with pytest.raises(CallerError) as both:
        await client.transform(workspace="default", pipeline="orders", transformations=["mark"], events=[EVENT])
    assert both.value.message.startswith("pipeline: ")
    with pytest.raises(CallerError) as other:
        await sent(client, EVENT, pipeline="workspaces/other/pipelines/orders")
    assert "another workspace" in other.value.message
    result = await sent(client, EVENT, pipeline="pipelines/orders/versions/1")
    assert result.outcomes[0].status.name == "EMITTED"


DROPS = """
def transformEvent(event, metadata):
    if event.get("by") == "{name}":
        raise Drop("why {name}") if event.get("reason") else Drop()
    return None if event.get("quietly") == "{name}" else event
"""
BATCH = "def transformBatch(events, metadata):\n    return [event for event in events if event.get('by') != 'batch']\n"


async def test_a_dropped_event_says_which_step_dropped_it(client):
    for name, source in (("first", DROPS.format(name="first")), ("second", DROPS.format(name="second")), ("batch", BATCH)):
        await client.create_transformation("default", name)
        await client.create_version("default", name, source)
        await client.activate_version("default", name, 1)
    events = [
        EVENT | {"by": "second", "reason": 1},
        EVENT | {"quietly": "first"},
        EVENT,
        EVENT | {"by": "first", "reason": 1},
        EVENT | {"quietly": "second"},
    ]
    expected = [("second", "why second"), ("first", ""), ("", ""), ("first", "why first"), ("second", "")]
    result = await client.transform(workspace="default", transformations=["first", "second"], events=events)
    assert [told(outcome) for outcome in result.outcomes] == expected
    steps = ["first", "batch", "second"]
    result = await client.transform(workspace="default", transformations=steps, events=[*events, EVENT | {"by": "batch"}])
    assert [told(outcome) for outcome in result.outcomes] == [*expected, ("batch", "")]
    result = await client.transform(workspace="default", transformations=["second"], events=[EVENT | {"by": "second"}])
    assert told(result.outcomes[0]) == ("second", "")


def told(outcome):
    return outcome.drop_version.partition("/transformations/")[2].removesuffix("/versions/1"), outcome.drop_reason
