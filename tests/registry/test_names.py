"""Resource names: what is read back is what was written, and everything else is refused with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import CallerError, Code
from transformer.registry import names
from transformer.registry.names import Reference

IDS = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
NUMBERS = st.integers(1, 10**18 - 1)
RULE = 'an id is 1 to 63 characters: a lower-case letter or digit, then those, "-" and "_"'


def refused(parse, *arguments) -> CallerError:
    with pytest.raises(CallerError) as caught:
        parse(*arguments)
    assert caught.value.code == Code.BAD_REQUEST
    return caught.value


@given(IDS, IDS, IDS, NUMBERS)
def test_names_come_back(workspace, transformation, alias, number):
    assert names.parse_workspace(names.workspace_name(workspace)) == workspace
    assert names.parse_transformation(names.transformation_name(workspace, transformation)) == (workspace, transformation)
    assert names.parse_version(names.version_name(workspace, transformation, number)) == (workspace, transformation, number)
    assert names.parse_alias(names.alias_name(workspace, transformation, alias)) == (workspace, transformation, alias)


@given(IDS, IDS, IDS, NUMBERS)
def test_references_are_short_or_full_names(workspace, transformation, alias, number):
    for short, meaning in (
        (f"transformations/{transformation}", Reference(transformation)),
        (f"transformations/{transformation}/aliases/{alias}", Reference(transformation, alias=alias)),
        (f"transformations/{transformation}/versions/{number}", Reference(transformation, version=number)),
    ):
        assert names.parse_reference(workspace, short) == meaning
        assert names.parse_reference(workspace, f"workspaces/{workspace}/{short}") == meaning


@given(st.text())
def test_no_text_breaks_a_parser(text):
    for parse in (names.parse_workspace, names.parse_transformation, names.parse_version, names.parse_alias):
        refused(parse, text)
    refused(names.parse_reference, "default", text)


@pytest.mark.parametrize("value", ["", "A", "-a", "_a", "a.b", "a/b", "a b", "é", "a\n", "x" * 64, "a\0"])
def test_what_is_no_id_is_refused(value):
    wrong = refused(names.check_id, value, "workspace_id")
    assert wrong.message.endswith(f" is not an id; {RULE}")
    assert [violation.field for violation in wrong.violations] == ["workspace_id"]


@pytest.mark.parametrize("value", ["a", "0", "a-b_c", "x" * 63, "7-", "default"])
def test_what_is_an_id_is_taken(value):
    names.check_id(value, "workspace_id")


@pytest.mark.parametrize("name", ["workspaces", "/workspaces/w", "Workspaces/w"])
def test_name_of_the_wrong_form_is_told_the_form(name):
    wrong = refused(names.parse_workspace, name)
    assert wrong.message == f'name: "{name}" is not of the form "workspaces/{{workspace}}"; {RULE}'


@pytest.mark.parametrize("wrong", ["W", "", "w/", "x y", "a/b"])
def test_name_of_the_right_form_is_told_the_part_that_is_wrong(wrong):
    assert refused(names.parse_workspace, f"workspaces/{wrong}").message == (
        f'name: "{wrong}" cannot be the id of a workspace; {RULE}'
    )
    assert refused(names.parse_secret, f"workspaces/w/secrets/{wrong} !").message == (
        f'name: "{wrong} !" cannot be the id of a secret; an id is 1 to 63 letters, digits, "_", "-" and ".", '
        "and begins with none of the last two"
    )
    assert refused(names.parse_alias, "workspaces/w/transformations/t/aliases/L").message == (
        f'name: "L" cannot be the id of an alias; {RULE}'
    )


@pytest.mark.parametrize("number", ["0", "01", "-1", "+1", "1.0", "٣", "1" * 19, "x", ""])
def test_number_counts_from_one_in_plain_digits(number):
    wrong = refused(names.parse_version, f"workspaces/w/transformations/t/versions/{number}", "base")
    assert wrong.message == f'base: "{number}" cannot be the number of a version; it counts from 1'.replace("٣", "\\u0663")


def test_long_value_is_shown_in_part():
    assert len(refused(names.parse_workspace, "x" * 100_000).message) < 400


@pytest.mark.parametrize(
    "text", ["", "t", "transformations", "transformations/t/versions", "transformations/t/pointers/live", "workspaces/w"]
)
def test_what_is_no_reference_is_told_the_forms(text):
    wrong = refused(names.parse_reference, "w", text)
    assert wrong.message == (
        f'transformations: "{text}" is not of the form "transformations/{{transformation}}", '
        f'and "/aliases/{{alias}}" or "/versions/{{number}}" after it; {RULE}'
    )


def test_reference_into_another_workspace_is_refused():
    wrong = refused(names.parse_reference, "mine", "workspaces/yours/transformations/t")
    assert wrong.message == (
        'transformations: "workspaces/yours/transformations/t" belongs to another workspace than the request, which is for "mine"'
    )
