"""What is wrong with the YAML of a destination or a pipeline is told with its line, whatever it is; secrets are not written down."""

import pytest

from transformer.destinations.lines import DefinitionError
from transformer.pipelines.reading import read_destination, read_pipeline

SECRET = "plain-secret-5f1c"


def told(read, content):
    with pytest.raises(DefinitionError) as wrong:
        read(content, "x.yaml")
    return wrong.value.problems


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("{apiKey: 2026-01-01}", "x.yaml:2: apiKey is nothing that JSON can say, as a date: put it in quotes"),
        ("{1: 2}", "x.yaml:2: 1 is nothing that JSON can say, as a date: put it in quotes"),
        ("{traitsToAppend: .nan}", "x.yaml:2: traitsToAppend must be of type array"),
        ("{residencyServer: US}", "x.yaml:2: residencyServer must be one of standard, EU"),
        ("[]", "x.yaml:2: settings must be a mapping of keys to values"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(settings, problem):
    assert told(read_destination, f"type: am\nsettings: {settings}\n") == [problem]


@pytest.mark.parametrize("written", [SECRET, f"'{{{{ traits.a || {SECRET} }}}}'", f"'${{secret.A}}{SECRET}'", 150_550])
def test_a_secret_is_refused_where_it_is_written_down_and_not_repeated(written):
    (problem,) = told(read_destination, f"type: am\nsettings:\n  apiKey: {written}\n")
    assert problem == "x.yaml:3: apiKey is a secret: `transformer secrets set NAME`, and write ${secret.NAME} here"


def test_a_list_that_may_hold_secrets_is_warned_about():
    headers = "type: webhook\nsettings:\n  headers: [{from: Authorization, to: %s}]\n"
    assert read_destination(headers % "'Bearer ${secret.HOOK}'", "x.yaml").warnings == ()
    (warning,) = read_destination(headers % SECRET, "x.yaml").warnings
    assert warning.startswith("x.yaml:3: headers may hold secrets, and is written down as it is")
    assert SECRET not in warning


def test_a_setting_that_nothing_reads_is_warned_about():
    (warning,) = read_destination("type: am\nsettings: {residencyServr: EU}\n", "x.yaml").warnings
    assert warning == "x.yaml:2: am reads no setting 'residencyServr'; did you mean 'residencyServer'?"


@pytest.mark.parametrize(
    ("read", "content", "problem"),
    [
        (read_destination, "steps: []\n", "this is a pipeline, and no destination: `transformer pipeline push` takes it"),
        (read_pipeline, "type: am\nsettings: {}\n", "this is a destination, and no pipeline: `transformer destination push` takes it"),
        (read_destination, "name: am\nevents: {}\n", "this says how a type of destination maps events"),
        (read_destination, "settings: {}\n", "type is missing"),
        (read_destination, "type: amm\n", "there is no destination of type 'amm'; did you mean"),
        (read_destination, "type: am\ndescription: [1]\n", "description must be a text"),
        (read_pipeline, "steps: [{use: library/pii/v1, with: {action: 2026-01-01}}]\n", "with holds something that JSON cannot say"),
        (read_pipeline, "steps: [[a]]\n", "a step's `use` is a transformation"),
        (read_pipeline, "destination: [a, b]\n", "destination must be the id of a destination"),
        (read_pipeline, "destination: a\ndestination: b\n", "'destination' stands here twice"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_told_as_such(read, content, problem):
    problems = told(read, content)
    assert any(problem in one for one in problems), problems
    assert all(one.startswith("x.yaml:") for one in problems)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ("{skipTracksTable: 'yes'}", "x.yaml:2: skipTracksTable must be of type boolean or null"),
        ("{jsonPaths: [1]}", "x.yaml:2: jsonPaths must be of type string or array or null"),
        ("{jsonPaths: '${secret.a b}'}", "x.yaml:2: jsonPaths names a secret as nobody can: write ${secret.NAME}"),
    ],
)
def test_settings_of_warehouses_are_checked_too(settings, problem):
    assert told(read_destination, f"type: snowflake\nsettings: {settings}\n") == [problem]


def test_settings_of_warehouses_that_rows_do_not_depend_on_are_warned_about():
    content = "type: postgres\nsettings: {skipTrackTable: true, jsonPaths: 'track.properties.a'}\n"
    (warning,) = read_destination(content, "x.yaml").warnings
    assert warning == "x.yaml:2: postgres reads no setting 'skipTrackTable'; did you mean 'skipTracksTable'?"
