"""Both clients offer the same: every method of the contract, with the same parameters."""

import inspect
import re

import pytest

from transformer.client import AsyncClient, Client
from transformer.wire.pb import access_pb2, libraries_pb2, registry_pb2, secrets_pb2, tables_pb2


def public(kind):
    return {name: value for name, value in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


@pytest.mark.parametrize(
    "method",
    [
        *registry_pb2.DESCRIPTOR.services_by_name["RegistryService"].methods,
        *access_pb2.DESCRIPTOR.services_by_name["AccessService"].methods,
        *libraries_pb2.DESCRIPTOR.services_by_name["LibraryService"].methods,
        *secrets_pb2.DESCRIPTOR.services_by_name["SecretService"].methods,
        *tables_pb2.DESCRIPTOR.services_by_name["TableService"].methods,
    ],
    ids=lambda each: each.name,
)
def test_every_method_outside_the_data_path_has_its_method_in_both_clients(method):
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower()
    assert name in public(Client)
    assert name in public(AsyncClient)


def test_both_clients_have_the_same_methods():
    assert set(public(Client)) == set(public(AsyncClient))


@pytest.mark.parametrize("name", [name for name in public(Client) if name != "stream"])
def test_methods_take_the_same_parameters(name):
    ours, theirs = inspect.signature(public(Client)[name]), inspect.signature(public(AsyncClient)[name])
    assert ours.parameters == theirs.parameters
    assert theirs.return_annotation == {"tap": "AsyncIterator[TapMessage]"}.get(name, ours.return_annotation)


def test_a_method_says_what_it_gives():
    assert inspect.signature(Client.get_alias).return_annotation == "records.Alias"
    assert inspect.signature(Client.tap).return_annotation == "Iterator[TapMessage]"
    assert inspect.signature(Client.transform_all).return_annotation == "TransformResult"


def test_methods_are_coroutine_functions_where_they_were_written_as_such():
    later = {name for name, method in public(AsyncClient).items() if inspect.iscoroutinefunction(method)}
    assert later == set(public(AsyncClient)) - {"stream", "tap"}


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_every_method_has_a_timeout_and_a_docstring(kind):
    for name, method in public(kind).items():
        if name != "close":
            assert "timeout" in inspect.signature(method).parameters, name
        assert method.__doc__, name


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_of_somebodys_own_keeps_the_methods_that_it_has_written_anew(kind):
    class Own(kind):
        def get_alias(self):
            """Another one."""

    class Later(Own):
        pass

    assert Later.get_alias is Own.__dict__["get_alias"]
    assert Later.get_version is kind.get_version
