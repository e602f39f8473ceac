"""A tracking plan that cannot be used is refused when a pipeline is read, with its line; and it is what its worker refuses, too."""

import orjson
import pytest
import pytest_asyncio

from transformer.destinations.lines import DefinitionError
from transformer.library.steps import step_of
from transformer.pipelines.reading import read_pipeline
from transformer.pipelines.tracking_plans import plan_faults
from transformer.pool import Batch, Plan, Pool
from transformer.settings import Settings

PIPELINE = """\
validate:
  plan:
    events:
      Order Completed:
        type: object
        required: order_id
        properties:
          order_id: {type: strin}
          email:
            pattern: "(?=a)b"
      Fine: {type: object}
    types:
      identify:
        allOf:
          - {type: object}
          - $ref: "#/$defs/none"
steps: []
"""


def deep(depth):
    schema = {}
    for _ in range(depth):
        schema = {"not": schema}
    return schema


BROKEN = [
    5,
    None,
    [],
    "object",
    {"type": "strin"},
    {"type": 5},
    {"type": []},
    {"type": ["string", "nul"]},
    {"properties": 5},
    {"properties": {"a": 5}},
    {"properties": {"a": {"properties": {"b": {"type": "x"}}}}},
    {"patternProperties": {"(": {}}},
    {"patternProperties": []},
    {"additionalProperties": 5},
    {"required": "a"},
    {"required": [1]},
    {"dependentRequired": {"a": "b"}},
    {"items": 5},
    {"items": []},
    {"items": [5]},
    {"prefixItems": {}},
    {"contains": 5},
    {"propertyNames": 5},
    {"not": 5},
    {"if": 5},
    {"if": {}, "then": 5},
    {"allOf": {}},
    {"anyOf": []},
    {"oneOf": [{}, 5]},
    {"enum": "a"},
    {"minimum": "1"},
    {"maxLength": True},
    {"multipleOf": None},
    {"pattern": "(a"},
    {"pattern": "(?!a)b"},
    {"pattern": r"(a)\1"},
    {"pattern": "a" * 1001},
    {"pattern": 5},
    {"format": ["email"]},
    {"$ref": "http://192.0.2.1/x"},
    {"$ref": 5},
    {"$ref": "#/$defs/none"},
    {"$ref": "#/$defs/a", "$defs": {"a": {"type": "x"}}},
    deep(70),
]
SOUND = [
    True,
    False,
    {},
    {"type": ["string", "null"]},
    {"$ref": "#"},
    {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}},
    {"$defs": {"never used": 5}},
    {"then": 5},
    {"format": "nobody knows"},
    {"x-unknown": 5, "description": 7, "const": None, "uniqueItems": "yes"},
    {"items": [{}, True], "additionalProperties": False, "dependentRequired": {"a": ["b"]}},
    {"pattern": r"^(a+)+\d{2,3}$", "minimum": 1.5},
    deep(40),
]


def test_every_fault_is_told_with_its_line():
    with pytest.raises(DefinitionError) as wrong:
        read_pipeline(PIPELINE, "orders.yaml")
    types = "object, array, string, boolean, null, number, integer"
    linear = "is not a regular expression, or none of linear time: look-around and back-references are not supported"
    at = "validate.plan.events.Order Completed: schema"
    assert wrong.value.problems == [
        f"orders.yaml:6: {at}/required: must be a list of names",
        f"orders.yaml:8: {at}/properties/order_id/type: must be one or several of {types}",
        f"orders.yaml:10: {at}/properties/email/pattern: '(?=a)b' {linear}",
        "orders.yaml:16: validate.plan.types.identify: schema/allOf/1/$ref: '#/$defs/none' leads nowhere",
    ]


def test_a_gate_among_the_steps_is_looked_at_too():
    with pytest.raises(DefinitionError) as wrong:
        read_pipeline(
            "steps:\n  - use: library/schema_gate/v1\n    with:\n      version: '2'\n      plan: {version: '1', events: {A: 5}}\n",
            "orders.yaml",
        )
    assert wrong.value.problems == [
        "orders.yaml:4: with.version: the plan is version '1', but another one is wanted",
        "orders.yaml:5: with.plan.events.A: schema: must be an object, true or false",
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(Settings(spare_workers=0, event_seconds=20, turn_seconds=60, queue_seconds=60)) as made:
        yield made


@pytest.mark.need("landlock")
@pytest.mark.need("seccomp")
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("schemas", "fault"), [(BROKEN, True), (SOUND, False)], ids=["broken", "sound"])
async def test_what_is_told_is_what_a_worker_refuses(pool, schemas, fault):
    for schema in schemas:
        given = {"plan": {"events": {"A": schema}}}
        told = list(plan_faults(given, "with", 1))
        plan = Plan("offline", (step_of("library/schema_gate/v1", orjson.dumps(given)),), pool.settings.limits)
        ledger = await pool.run(plan, Batch([b'{"type": "track", "event": "Another"}']))
        refused = [failure.message for failure in ledger.failures.values()]
        assert (bool(told), bool(refused)) == (fault, fault), (schema, told, refused)
