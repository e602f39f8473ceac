"""What a version declares survives every way that it is said in: none of it is lost between a client and the registry."""

from dataclasses import fields

from transformer.capabilities import Capabilities
from transformer.client import messages
from transformer.registry.diff import manifest_text
from transformer.service import registry, resources
from transformer.wire.pb import registry_pb2

ALL = Capabilities(
    hosts=("*.example.com:8443",), tables=("plans",), secrets=("KEY",), kv="", geolocation=True, legacy_fetch=True
)


def test_each_of_them_is_set_here():
    assert [field.name for field in fields(Capabilities) if not getattr(ALL, field.name) and field.name != "kv"] == []


def test_messages_hold_all_of_it():
    told = resources.capabilities(ALL)
    assert {field.name for field in told.DESCRIPTOR.fields} == {field.name for field in fields(Capabilities)}
    assert messages._capabilities(told) == ALL
    assert registry._capabilities(registry_pb2.Version(capabilities=told)) == ALL
    assert Capabilities.from_manifest(ALL.as_dict()) == ALL


def test_a_difference_tells_each_of_them():
    assert [line.partition(":")[0] for line in manifest_text(ALL).splitlines()] == list(ALL.as_dict())
