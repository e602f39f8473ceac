"""Log lines: JSON or for people, never below the level, always with the profile; and what a fault may tell."""

import json

import pytest

from transformer.errors import CallerError, Code, PlatformError
from transformer.observe import Observer, open_log
from transformer.settings import Settings


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_with_level_time_and_profile(capsys):
    open_log(Settings(profile="development")).info("serving", address="127.0.0.1:1")
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"profile": "development", "message": "serving", "level": "info", "address": "127.0.0.1:1"}


def test_lines_for_people_are_one_line_of_text(capsys):
    open_log(Settings(log_format="console")).warning("listening", address="0.0.0.0:1")
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    for part in ("warning", "listening", "address=0.0.0.0:1", "profile=strict"):
        assert part in text


@pytest.mark.parametrize(("level", "written"), [("debug", 3), ("info", 3), ("warning", 2), ("error", 1)])
def test_lines_below_the_level_are_not_written(capsys, level, written):
    log = open_log(Settings(log_level=level))
    log.info("a")
    log.warning("b")
    log.error("c")
    assert len(lines(capsys)) == written


def test_two_loggers_do_not_share_a_level(capsys):
    loud, quiet = open_log(Settings(log_level="debug")), open_log(Settings(log_level="error"))
    loud.debug("heard")
    quiet.info("not heard")
    assert [line["message"] for line in lines(capsys)] == ["heard"]


@pytest.mark.parametrize(
    ("error", "level"),
    [(CallerError(Code.NOT_FOUND, "no"), "info"), (PlatformError(Code.NO_CAPACITY, "full"), "error")],
    ids=["caller", "platform"],
)
def test_whose_fault_it_is_decides_the_level(capsys, error, level):
    with pytest.raises(type(error)), Observer(open_log(Settings())).request("Transform"):
        raise error
    [line] = lines(capsys)
    assert (line["level"], line["status"], line["method"]) == (level, error.code.name, "Transform")


def test_a_fault_becomes_internal_and_its_text_is_told_to_nobody(capsys):
    def work():
        with Observer(open_log(Settings())).request("Transform") as line:
            line["events"] = 3
            raise LookupError("hunter2")

    with pytest.raises(PlatformError) as told:
        work()
    assert (told.value.code, told.value.message) == (Code.INTERNAL, "a fault of the service; its log says more")
    [line] = lines(capsys)
    assert (line["fault"], line["events"], line["status"]) == ("LookupError", 3, "INTERNAL")
    assert line["stack"][-1].endswith(" work")
    assert "hunter2" not in json.dumps(line)


def test_what_is_cut_off_is_a_line_too(capsys):
    import asyncio

    with pytest.raises(asyncio.CancelledError), Observer(open_log(Settings())).request("Transform"):
        raise asyncio.CancelledError
    assert [(line["status"], line["level"]) for line in lines(capsys)] == [("CANCELLED", "info")]
