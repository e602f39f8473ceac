"""Every command helps: a sentence, the options explained, and an example that is a command line of it."""

import inspect
import typing

import pytest

from transformer.cli.commands import COMMANDS
from transformer.cli.main import main

NAMES = {
    "activate",
    "check",
    "demo",
    "diff",
    "list",
    "publish",
    "rollback",
    "run",
    "send",
    "serve",
    "settings",
    "show",
    "tap",
    "test",
}


def test_every_promised_command_is_there():
    assert {spec.name for spec in COMMANDS} >= NAMES


def test_no_command_has_two_entries():
    assert len({spec.name for spec in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_a_command_has_help_with_an_example(spec, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    assert main([*spec.name.split(), "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert spec.examples
    for example in spec.examples:
        assert f"transformer {spec.name}" in example
        assert " ".join(example.split()) in printed


@pytest.mark.parametrize("spec", COMMANDS, ids=lambda spec: spec.name)
def test_every_option_of_a_command_is_explained(spec):

    for name, parameter in inspect.signature(spec.run, eval_str=True).parameters.items():
        if typing.get_origin(parameter.annotation) is typing.Annotated:
            option = typing.get_args(parameter.annotation)[1]
            assert option.help, f"{spec.name}: {name}"
