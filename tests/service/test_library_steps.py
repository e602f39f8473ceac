"""Transforms of the library as steps of a batch: with parameters, beside a workspace's own code, refused with the place."""

import pytest

from transformer.cli.replay.run import _step
from transformer.client import Status, TransformBatch, Use
from transformer.client.messages import transform_request
from transformer.errors import CallerError, Code
from transformer.observe.tally import _transformation
from transformer.service.dead_letters import _asked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

DROP = "library/drop_fields/v1"


async def test_a_step_has_its_parameters(client):
    steps = [Use(DROP, {"fields": ["a"]}), Use(DROP, b'{"keys": ["B"]}'), DROP]
    result = await client.transform(workspace="default", transformations=steps, events=[{"a": 1, "b": 2, "c": 3}])
    assert result.outputs[0].json() == {"c": 3}
    assert result.versions == (DROP,)


async def test_it_stands_beside_code_of_a_workspace_which_may_import_it(client, publish):
    name = await publish(
        "from library.drop_fields.v1 import drop\n\n\ndef transformEvent(event, metadata):\n    return drop(event, ['a'])\n"
    )
    events = [{"a": 1, "b": 2, "c": 3}]
    result = await client.transform(workspace="default", transformations=[name, Use(DROP, {"fields": ["b"]})], events=events)
    assert result.outputs[0].json() == {"c": 3}
    version = await client.get_version("default", name, 1)
    assert {"library/drop_fields/v1"} <= set(version.libraries)


async def test_a_canary_does_not_hinder_it(client, publish):
    source = "def transformEvent(event, metadata):\n    return event | {{'v': {0}}}\n"
    name = await publish(source.format(2), source.format(1))
    await client.activate_version("default", name, 1, alias="canary", percent=50)
    steps = [name, Use(DROP, {"fields": ["a"]})]
    result = await client.transform(workspace="default", transformations=steps, events=[{"a": 1}] * 3)
    assert all("a" not in output.json() for output in result.outputs)


@pytest.mark.parametrize(
    ("steps", "code", "told"),
    [
        (
            [Use(DROP, {"feilds": []})],
            Code.BAD_REQUEST,
            "transformations[0]: parameters.feilds: is no parameter; did you mean fields?",
        ),
        (
            [DROP, Use(DROP, {"fields": [1]})],
            Code.BAD_REQUEST,
            "transformations[1]: parameters.fields[0]: must be of type string",
        ),
        ([Use(DROP, b"{")], Code.BAD_REQUEST, "transformations[0]: parameters: is not JSON"),
        ([Use(DROP, b"[]")], Code.BAD_REQUEST, "parameters: must be an object"),
        ([Use(DROP, b" " * 70_000)], Code.BAD_REQUEST, "70000 bytes are too many"),
        ([Use("library/drop_feilds/v1")], Code.NOT_FOUND, "did you mean library/drop_fields/v1"),
        ([Use("library/paths/v1")], Code.BAD_REQUEST, "is no step by itself"),
        ([Use("some", {"a": 1})], Code.BAD_REQUEST, "only a transform of the library takes parameters"),
    ],
)
async def test_what_does_not_fit_is_told_with_its_place(client, steps, code, told):
    with pytest.raises(CallerError) as caught:
        await client.transform(workspace="default", transformations=steps, events=[{}])
    assert caught.value.code is code
    assert told in caught.value.message


async def test_a_failure_names_the_transform(client):
    result = await client.transform(workspace="default", transformations=[DROP], events=[b"[]"])
    assert result.outcomes[0].status is Status.FAILED


async def test_a_dead_letter_keeps_the_parameters_and_a_replay_sends_them():
    request = transform_request(
        TransformBatch(workspace="w", transformations=["scrub", Use(DROP, {"fields": ["a"]}), DROP], events=[])
    )
    asked = list(_asked(request))
    assert asked == ["transformations/scrub", f'{DROP} {{"fields":["a"]}}', DROP]
    assert [_step(one) for one in asked] == [asked[0], Use(DROP, b'{"fields":["a"]}'), DROP]


async def test_metrics_call_it_by_its_name():
    assert _transformation(DROP) == DROP
    assert _transformation("workspaces/w/transformations/t/versions/3") == "t"
