"""The command line itself: exit codes, errors in one line, versions, and settings as flags."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest

import transformer.cli.run
from transformer.cli.commands import COMMANDS
from transformer.cli.exits import MEANINGS, Exit, exit_of
from transformer.errors import CallerError, Code, CodeError, PlatformError
from transformer.settings import Settings


def test_version(cli):
    ended = cli("--version")
    assert (ended.code, ended.out) == (0, [f"transformer {version('transformer')}"])


def test_module_is_the_program(program):
    assert program("--version").out == [f"transformer {version('transformer')}"]


def test_help_lists_every_command_and_every_exit_code(cli):
    ended = cli("--help")
    assert ended.code == 0
    text = "\n".join(ended.out)
    assert all(re.search(rf"\b{spec.name.split()[0]}\b", text) for spec in COMMANDS)
    assert all(f"{code.value}: {meaning}" in text for code, meaning in MEANINGS.items())


def test_nothing_said_gets_the_help(cli):
    ended = cli()
    assert ended.code == 2
    assert any("Usage" in line for line in ended.out)
    assert ended.err == []


def test_every_exit_code_has_a_meaning():
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense' (`transformer --help` tells more)"),
        (["chekc"], "No such command 'chekc'. Did you mean 'check'? (`transformer --help` tells more)"),
        (["check"], "Missing argument 'FILE' (`transformer check --help` tells more)"),
        (["check", "--nonsense"], "No such option: --nonsense (`transformer check --help` tells more)"),
        (["--config", "missing.toml", "settings"], "missing.toml: No such file or directory"),
        (["activate", "scrub", "three"], "'three' is no version of scrub; write its number, such as 3"),
        (["activate", "scrub", "other@3"], "'other@3' is no version of scrub; write its number, such as 3"),
        (["activate", "scrub", "0"], "'0' is no version of scrub; write its number, such as 3"),
        (
            ["list", "Scrub It"],
            "'Scrub It' is no name; write 1 to 63 of a-z, 0-9, - and _, beginning with a letter or digit",
        ),
        (
            ["show", "a@b@c"],
            "'a@b@c' is no transformation; write NAME, NAME@3 for a version, or NAME@canary for an alias",
        ),
        (["events", "--type", "trakc"], "there is no event type 'trakc'; known: track, page, identify, screen, group, alias"),
        (["settings", "--workers", "0"], "workers (flag --workers): Input should be greater than or equal to 1"),
        (["serve", "--listen", "nowhere"], "listen: 'nowhere' is not host:port, for example 127.0.0.1:50051"),
    ],
)
def test_a_wrong_command_line_is_one_clear_line(cli, arguments, message):
    ended = cli(*arguments)
    assert (ended.code, ended.out, ended.err) == (2, [], [f"transformer: {message}"])


@pytest.mark.parametrize(
    "arguments", [["list"], ["publish", "code.py", "--name", "code"], ["send", "code"], ["rollback", "code"]]
)
def test_a_server_that_is_not_there_is_worth_another_try(cli, write, events_file, arguments):
    write("code.py", "def transformEvent(event, metadata):\n    return event\n")
    more = ["--events", events_file([{}])] if arguments[0] == "send" else []
    if arguments[0] == "send":
        more += ["--timeout", "0.5"]
    ended = cli(*arguments, *more, "--server", "127.0.0.1:1")
    assert (ended.code, ended.out) == (4, [])
    hint = "start one with `transformer serve`, or name another with --server"
    assert ended.err == [f"transformer: T507 the server at 127.0.0.1:1 cannot be reached; {hint}"]


def test_a_fault_of_ours_is_one_line_and_debug_shows_where(cli, write, monkeypatch):
    def fault(*_):
        raise ZeroDivisionError("oh")

    write("code.py", "")
    monkeypatch.setattr(transformer.cli.run, "read_source", fault)
    line = "transformer: a fault of ours: ZeroDivisionError: oh (transformer --debug … shows where)"
    ended = cli("run", "code.py")
    assert (ended.code, ended.err) == (5, [line])
    ended = cli("--debug", "run", "code.py")
    assert ended.err[0] == "Traceback (most recent call last):"
    assert ended.err[-1] == line


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CallerError(Code.BAD_REQUEST, ""), Exit.USAGE),
        (CallerError(Code.CODE_REFUSED, ""), Exit.NOT_HELD),
        (CallerError(Code.NOT_FOUND, ""), Exit.REFUSED),
        (CallerError(Code.STALE_ETAG, ""), Exit.REFUSED),
        (CodeError(Code.TIME_LIMIT, ""), Exit.NOT_HELD),
        (PlatformError(Code.NO_CAPACITY, ""), Exit.TRY_AGAIN),
        (PlatformError(Code.UNREACHABLE, ""), Exit.TRY_AGAIN),
        (PlatformError(Code.INTERNAL, ""), Exit.BROKEN),
    ],
)
def test_an_error_has_its_exit_code(error, code):
    assert exit_of(error) is code


def test_every_setting_but_a_secret_is_a_flag_of_serve(cli):
    text = "\n".join(cli("serve", "--help").out)
    flags = {name: f"--{name.replace('_', '-')} " for name in Settings.model_fields}
    # A secret is no flag: other users of the machine can read command lines.
    assert {name for name, flag in flags.items() if flag not in text} == {"api_key", "config_backend_secret", "secrets_key"}


def test_colours_are_for_terminals_only(program, write):
    write("colon.py", "def transformEvent(event, metadata)\n    return event\n")
    ended = program("check", "colon.py")
    assert "\x1b" not in "".join(ended.out + ended.err)
