"""Tracking plans as an engine: verdicts on events, in this process. Attacks have to be behind the wall: the gateway's tests."""

import orjson
import pytest

from transformer.engines.base import Host, LoadError
from transformer.engines.tracking_plan.engine import open_engine
from transformer.engines.tracking_plan.schemas import Schemas
from transformer.errors import Code

ORDER = {
    "type": "object",
    "required": ["properties"],
    "properties": {
        "properties": {
            "type": "object",
            "additionalProperties": False,
            "required": ["order_id"],
            "properties": {
                "order_id": {"type": "string"},
                "revenue": {"type": "number", "minimum": 0},
                "email": {"type": "string", "format": "email"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
}


def plan_of(*events, **rules):
    return {"rules": {"events": [{"name": name, "rules": schema} for name, schema in events], **rules}}


@pytest.fixture(scope="module")
def opened():
    return open_engine()


@pytest.fixture
def judge(opened):
    """judge(properties or event, plan=…, **config) → the verdict, and the event where it was changed."""

    def judge_it(event, plan=None, source=None, **config):
        event = event if "type" in event else {"type": "track", "event": "Order", "properties": event}
        told = orjson.dumps(plan_of(("Order", ORDER)) if plan is None else plan).decode()
        program = opened.load(told, "tracking plan shop, version 7", Host())
        return program.call(event, lambda _: {"mergedTpConfig": config, "sourceTpConfig": source or {}})

    return judge_it


def types(verdict):
    return [each["type"] for each in verdict["validationErrors"]]


def test_an_event_as_planned_is_nothing_but_well(judge):
    assert judge({"order_id": "o1", "revenue": 3}) == {"statusCode": 200}


def test_a_violation_says_what_and_where_and_never_the_value(judge):
    verdict = judge({"order_id": 4711, "revenue": "secret", "coupon": "c0de"})
    assert verdict["statusCode"] == 200
    assert sorted(verdict["validationErrors"], key=lambda each: each["message"]) == [
        {
            "type": "Additional-Properties",
            "message": "properties must not have the property coupon",
            "meta": {"instancePath": "/properties", "schemaPath": "#/properties/properties/additionalProperties"},
            "property": "coupon",
        },
        {
            "type": "Datatype-Mismatch",
            "message": "properties.order_id must be of type string",
            "meta": {
                "instancePath": "/properties/order_id",
                "schemaPath": "#/properties/properties/properties/order_id/type",
            },
            "property": "order_id",
        },
        {
            "type": "Datatype-Mismatch",
            "message": "properties.revenue must be of type number",
            "meta": {
                "instancePath": "/properties/revenue",
                "schemaPath": "#/properties/properties/properties/revenue/type",
            },
            "property": "revenue",
        },
    ]
    assert orjson.loads(verdict["error"]) == {
        "Additional-Properties": ["properties must not have the property coupon"],
        "Datatype-Mismatch": [
            "properties.order_id must be of type string",
            "properties.revenue must be of type number",
        ],
    }
    told = orjson.dumps(verdict)
    assert b"4711" not in told
    assert b"secret" not in told


@pytest.mark.parametrize(
    ("properties", "wanted"),
    [
        ({}, "Required-Missing"),
        ({"order_id": "o", "x": 1}, "Additional-Properties"),
        ({"order_id": 1}, "Datatype-Mismatch"),
        ({"order_id": "o", "revenue": -1}, "Advance-Rules-Violation"),
        ({"order_id": "o", "email": "nobody"}, "Advance-Rules-Violation"),
    ],
)
def test_each_rule_has_its_type_of_violation(judge, properties, wanted):
    assert types(judge(properties)) == [wanted]


@pytest.mark.parametrize(
    ("properties", "key", "value", "status"),
    [
        ({}, "anyOtherViolation", "drop", 400),
        ({}, "anyOtherViolation", "DROP", 400),
        ({}, "anyOtherViolation", "forward", 200),
        ({}, "anyOtherViolation", None, 200),
        ({}, "unplannedProperties", "drop", 200),
        ({"order_id": "o", "x": 1}, "unplannedProperties", "drop", 400),
        ({"order_id": "o", "x": 1}, "unplannedProperties", "forward", 200),
        ({"order_id": "o", "x": 1}, "anyOtherViolation", "drop", 200),
        ({"order_id": 1}, "anyOtherViolation", "drop", 400),
        ({"order_id": "o", "revenue": -1}, "anyOtherViolation", "drop", 400),
    ],
)
def test_the_configuration_says_which_events_go_on(judge, properties, key, value, status):
    assert judge(properties, **{key: value})["statusCode"] == status


@pytest.mark.parametrize(("allowed", "status"), [("false", 400), (False, 400), ("true", 200), (True, 200), (None, 200)])
def test_an_unplanned_event_goes_on_unless_that_is_refused(judge, allowed, status):
    verdict = judge({"type": "track", "event": "Nothing"}, allowUnplannedEvents=allowed)
    assert (verdict["statusCode"], types(verdict)) == (status, ["Unplanned-Event"])
    assert verdict["validationErrors"][0]["message"] == "tracking plan shop, version 7 has no event 'Nothing'"


def test_the_configuration_is_not_asked_for_where_nothing_is_wrong(opened):
    program = opened.load(orjson.dumps(plan_of(("Order", ORDER))).decode(), "plan", Host())
    event = {"type": "track", "event": "Order", "properties": {"order_id": "o"}}
    assert program.call(event, lambda _: pytest.fail("asked")) == {"statusCode": 200}


def test_an_alias_is_never_validated(judge):
    assert judge({"type": "alias", "event": "Order"}, allowUnplannedEvents="false") == {"statusCode": 200}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"type": "track"}, "event without a name"),
        ({"type": "track", "event": {"a": 1}}, "event without a name"),
        ({"type": "track", "event": "order"}, "event 'order'"),
        ({"type": "identify"}, "identify events"),
        ({"type": ""}, "events without a type"),
        ({"type": ["track"]}, "events without a type"),
    ],
)
def test_what_the_plan_does_not_know_is_unplanned(judge, event, said):
    verdict = judge(event)
    assert verdict["validationErrors"][0]["message"] == f"tracking plan shop, version 7 has no {said}"


def test_types_of_events_have_their_schemas(judge):
    plan = plan_of(identify={"required": ["userId"]}, **{"global": {"required": ["nothing has this"]}})
    assert judge({"type": "identify", "userId": "u"}, plan=plan) == {"statusCode": 200}
    assert types(judge({"type": "identify"}, plan=plan)) == ["Required-Missing"]


@pytest.mark.parametrize(
    "plan",
    [
        plan_of(("Order", ORDER)),
        {"events": [{"name": "Order", "rules": ORDER}], "rules": {}},
        {"events": [{"name": "Order", "schema": ORDER, "eventType": "track"}]},
    ],
    ids=["rules.events", "events", "schema"],
)
def test_shapes_of_plans(judge, plan):
    assert types(judge({}, plan=plan)) == ["Required-Missing"]


def test_an_event_that_is_planned_without_a_schema_is_well(judge):
    assert judge({"x": 1}, plan=plan_of(("Order", {}))) == {"statusCode": 200}
    assert judge({"x": 1}, plan={"events": [{"name": "Order"}]}) == {"statusCode": 200}


@pytest.mark.parametrize(
    ("draft", "schema"),
    [
        ("http://json-schema.org/draft-04/schema#", {"properties": {"n": {"minimum": 3, "exclusiveMinimum": True}}}),
        ("http://json-schema.org/draft-06/schema#", {"properties": {"n": {"const": 4}}}),
        ("http://json-schema.org/draft-07/schema", {"if": {"required": ["n"]}, "then": {"required": ["m"]}}),
        ("https://json-schema.org/draft/2019-09/schema", {"dependentRequired": {"n": ["m"]}}),
        ("https://json-schema.org/draft/2020-12/schema", {"properties": {"n": {"prefixItems": [{}], "minimum": 4}}}),
        ("http://nobody.knows/schema", {"properties": {"n": {"const": 4}}}),
    ],
)
def test_every_draft_is_read_as_itself(judge, draft, schema):
    plan = plan_of(("Order", {"$schema": draft, "properties": {"properties": schema}}))
    assert len(judge({"n": 3}, plan=plan)["validationErrors"]) == 1


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "strin"}, "at /type: "),
        ({"properties": {"a": {"pattern": "(a"}}}, "at /properties/a/pattern: "),
        ({"$ref": "http://192.0.2.1/schema"}, "Resource 'http://192.0.2.1/schema' is not present"),
        ({"$ref": "file:///etc/passwd"}, "Resource 'file:///etc/passwd' is not present"),
        ({"$ref": "#/definitions/none"}, "Pointer '/definitions/none' does not exist"),
        ([], ""),
    ],
)
def test_events_whose_schema_cannot_be_used_go_on_and_say_so(judge, schema, why):
    verdict = judge({}, plan=plan_of(("Order", schema), ("Other", ORDER)), anyOtherViolation="drop")
    assert verdict["statusCode"] == 200
    assert verdict["error"].startswith(
        f"not validated: the schema of event 'Order' in tracking plan shop, version 7 cannot be used: {why}"
    )
    assert types(verdict) == ["Unknown-Violation"]


def test_a_pattern_that_looks_around_works_with_bounded_steps(judge):
    plan = plan_of(("Order", {"properties": {"properties": {"properties": {"x": {"pattern": "^(?!test-)[a-z-]+$"}}}}}))
    assert judge({"x": "real-one"}, plan=plan) == {"statusCode": 200}
    assert types(judge({"x": "test-one"}, plan=plan)) == ["Advance-Rules-Violation"]


def test_catastrophic_patterns_cost_nothing(judge):
    for pattern in ("^(a+)+$", "^(a|a)*$", "^(?=(a+)+b)(a+)+$"):
        plan = plan_of(("Order", {"properties": {"properties": {"properties": {"x": {"pattern": pattern}}}}}))
        assert len(judge({"x": "a" * 50_000 + "!"}, plan=plan)["validationErrors"]) == 1


def test_violations_are_bounded_in_number_and_size(judge):
    verdict = judge({"order_id": "o"} | {f"{'k' * 1000}{i}": 1 for i in range(500)})
    assert len(verdict["validationErrors"]) == 100
    assert len(orjson.dumps(verdict)) < 200_000
    assert len(judge({"order_id": "o", "tags": [1] * 500})["validationErrors"]) == 100


def test_only_the_first_violation_where_the_options_say_so(judge):
    source = {"global": {"ajvOptions": {"allErrors": False}}}
    assert len(judge({"revenue": "x"}, source=source)["validationErrors"]) == 1
    source["track"] = {"ajvOptions": {"allErrors": True}}
    assert len(judge({"revenue": "x"}, source=source)["validationErrors"]) == 2


def test_types_are_coerced_where_the_options_say_so(judge):
    source = {"track": {"ajvOptions": {"coerceTypes": True}}}
    verdict, event = judge({"order_id": 7, "revenue": "3.5"}, source=source)
    assert verdict == {"statusCode": 200}
    assert event["properties"] == {"order_id": "7", "revenue": 3.5}
    verdict, event = judge({"order_id": 7, "revenue": "much"}, source=source)
    assert types(verdict) == ["Datatype-Mismatch"]
    assert event["properties"] == {"order_id": "7", "revenue": "much"}
    assert types(judge({"order_id": ["o"]}, source=source)) == ["Datatype-Mismatch"]


def test_properties_are_removed_where_the_options_say_so(judge):
    source = {"global": {"ajvOptions": {"removeAdditional": True}}}
    verdict, event = judge({"order_id": "o", "x": 1}, source=source, unplannedProperties="drop")
    assert verdict == {"statusCode": 200}
    assert event["properties"] == {"order_id": "o"}


@pytest.mark.parametrize(
    ("value", "kind", "made"),
    [
        ("1", "integer", 1),
        ("1.5", "number", 1.5),
        (True, "number", 1),
        (None, "integer", 0),
        (1, "boolean", True),
        ("false", "boolean", False),
        (None, "boolean", False),
        (None, "string", ""),
        (False, "string", "false"),
        (7.0, "string", "7"),
        (1.5, "string", "1.5"),
        ("", "null", None),
        (0, "null", None),
    ],
)
def test_what_is_coerced_to_what(judge, value, kind, made):
    plan = plan_of(("Order", {"properties": {"properties": {"properties": {"x": {"type": kind}}}}}))
    verdict, event = judge({"x": value}, plan=plan, source={"global": {"ajvOptions": {"coerceTypes": True}}})
    assert verdict == {"statusCode": 200}
    assert event["properties"]["x"] == made
    assert type(event["properties"]["x"]) is type(made)


@pytest.mark.parametrize(
    ("value", "kind"),
    [("1.5", "integer"), ("nan", "number"), ("1_0", "number"), ("yes", "boolean"), (2, "boolean"), ([], "null"), ("x", "null")],
)
def test_what_is_not_coerced(judge, value, kind):
    plan = plan_of(("Order", {"properties": {"properties": {"properties": {"x": {"type": kind}}}}}))
    verdict = judge({"x": value}, plan=plan, source={"global": {"ajvOptions": {"coerceTypes": True}}})
    assert types(verdict) == ["Datatype-Mismatch"]


@pytest.mark.parametrize("config", [None, 5, [], "x"])
def test_configuration_of_another_kind_is_none(opened, config):
    program = opened.load(orjson.dumps(plan_of(("Order", ORDER))).decode(), "plan", Host())
    event = {"type": "track", "event": "Order", "properties": {}}
    told = {"mergedTpConfig": config, "sourceTpConfig": {"track": config, "global": {"ajvOptions": config}}}
    assert program.call(event, lambda _: told)["statusCode"] == 200


@pytest.mark.parametrize("source", ["", "5", "[]", "{}", '{"rules": 5}', '{"rules": null}', "{"])
def test_what_is_no_tracking_plan_is_refused(opened, source):
    with pytest.raises(LoadError):
        opened.load(source, "plan", Host())
    assert opened.check(source, "plan").problems


def test_a_check_names_every_schema_that_cannot_be_used(opened):
    source = orjson.dumps(plan_of(("Order", ORDER), ("A", {"type": "strin"}), identify=[], page={"$ref": "#/x"})).decode()
    report = opened.check(source, "plan")
    assert report.problems == []
    assert [one.message.partition(": ")[0] for one in report.warnings] == [
        "the schema of page events cannot be used",
        "the schema of event 'A' cannot be used",
    ]


def test_a_schema_is_compiled_once(opened):
    schemas = Schemas(plan_of(("Order", ORDER)), Host())
    assert schemas.validator(("track", "Order")) is schemas.validator(("track", "Order"))


def test_what_goes_wrong_of_ours_is_told_as_that(opened):
    program = opened.load('{"rules": {}}', "plan", Host())
    assert program.explain(KeyError("a secret")).code is Code.MAPPER_FAULT
    assert "secret" not in program.explain(KeyError("a secret")).message
    assert program.explain(MemoryError()).code is Code.MEMORY_LIMIT
