"""The configuration of a data plane, as far as a transformer has to do with it."""

import json

import pytest

from transformer.gateway.survey.workspaces import ShapeError, read_config


def source(*destinations, **more):
    return {"id": "s", "workspaceId": "Ws-1", "destinations": list(destinations), **more}


HOOK = {
    "id": "d-Hook",
    "name": "Hook",
    "config": {"token": "s3cr3t"},
    "destinationDefinition": {"name": "WEBHOOK", "config": {"transformAtV1": "router"}},
    "transformations": [{"versionId": "good", "id": "t", "language": "javascript"}],
}
APART = {
    "sources": {"s": {"name": "web"}},
    "destinations": {
        "d-Hook": {
            "name": "Hook",
            "destinationDefinitionName": "WEBHOOK",
            "Transformations": [{"VersionID": "good", "Language": "javascript"}],
        }
    },
    "destinationDefinitions": {"WEBHOOK": {"config": {"transformAtV1": "router"}}},
    "connections": {"c": {"sourceId": "s", "destinationId": "d-Hook"}},
}


@pytest.mark.parametrize(
    "told",
    [
        {"workspaceId": "Ws-1", "sources": [source(HOOK)]},
        {"sources": [source(HOOK), source(HOOK)]},
        {"Ws-1": {"sources": [source(HOOK)]}},
        {"workspaces": {"Ws-1": {"Sources": {"s": source(HOOK)}}}},
        {"workspaces": {"Ws-1": APART}},
    ],
    ids=["one", "twice", "by id", "by id below a key", "apart"],
)
def test_every_shape_says_the_same(told):
    (workspace,) = read_config(json.dumps(told).encode())
    assert workspace.id == "Ws-1"
    (one,) = workspace.destinations
    assert (one.id, one.name, one.type, one.enabled, one.at) == ("d-Hook", "Hook", "WEBHOOK", True, "router")
    assert [each.version_id for each in one.transformations] == ["good"]
    assert one.transformations[0].language == "javascript"
    assert "s3cr3t" not in repr(workspace)


def test_what_was_deleted_is_not_there():
    plan = {"trackingPlan": {"id": "tp", "version": 3}}
    sources = [source({**HOOK, "deleted": True}), source(dgSourceTrackingPlanConfig={**plan, "deleted": True})]
    (workspace,) = read_config(json.dumps({"sources": sources}).encode())
    assert (workspace.destinations, workspace.plans, workspace.sources) == ((), (), 2)


def test_plans_and_libraries_are_told_once():
    plan = {"dgSourceTrackingPlanConfig": {"trackingPlan": {"id": "tp", "version": 3}}}
    told = {"sources": [source(**plan), source(**plan)], "libraries": [{"versionId": "a"}, {"versionId": "a"}, {}]}
    (workspace,) = read_config(json.dumps(told).encode())
    assert (workspace.plans, workspace.libraries) == ((("tp", "3"),), ("a",))


def test_odd_parts_are_passed_over():
    odd = {
        "sources": [5, None, {"destinations": [5, {"destinationDefinition": "x", "transformations": {"a": 5}, "config": []}]}],
        "libraries": "none",
        "destinations": {"a": None},
    }
    (workspace,) = read_config(json.dumps(odd).encode())
    assert [(one.type, one.settings, one.transformations) for one in workspace.destinations] == [("", {}, ())]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"{}", b'{"sources": 5}', b'{"a": {"sources": 5}}', b"\xff"])
def test_what_is_no_configuration_is_refused(body):
    with pytest.raises(ShapeError):
        read_config(body)
