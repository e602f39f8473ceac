"""What advertising platforms have in common: hashes of people, names of events, tokens of accounts."""

import hashlib

import pytest

from transformer.mappers.ads import access_token, at_setting, hashed, is_hash, mapped_names, properties_of, trimmed
from transformer.mappers.dynamic import has_templates
from transformer.mappers.errors import SecretError

RULES = [{"from": "Order Done", "to": "Purchase"}, {"from": "order done", "to": "Lead"}, {"from": "x", "to": ""}, "no rule"]


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_person_is_told_by_the_hash_of_a_clean_text():
    assert hashed(" Ada@Example.COM ") == sha256("ada@example.com")
    assert hashed(" Ada ", trimmed) == sha256("Ada")
    assert hashed(390115550123) == sha256("390115550123")


def test_each_of_several_is_hashed_and_nothing_is_left_of_blanks():
    assert hashed(["a@x.it", None, "", " B@x.it"]) == [sha256("a@x.it"), sha256("b@x.it")]
    assert hashed(["", None]) is None
    assert hashed("  ") is None
    assert hashed(None) is None


def test_a_hash_is_known_by_its_looks():
    assert is_hash(sha256("a"))
    assert not is_hash(sha256("a")[:-1])
    assert not is_hash(12)


def test_an_event_has_the_names_that_the_settings_say_whatever_its_case():
    assert mapped_names(RULES, " ORDER done ") == ["Purchase", "Lead"]
    assert mapped_names(RULES, "x") == []
    assert mapped_names(None, "x") == []
    assert mapped_names("x", "x") == []


def test_without_a_token_the_data_plane_is_told_to_try_again():
    assert access_token({"secret": {"access_token": "t"}}, "none") == "t"
    assert access_token({"secret": {"accessToken": "t"}}, "none") == "t"
    for metadata in ({}, {"secret": None}, {"secret": "t"}):
        with pytest.raises(SecretError) as raised:
            access_token(metadata, "none", step="last")
        assert (raised.value.status, raised.value.category, raised.value.step) == (500, "oauth_secret", "last")


def test_odd_shapes_are_read_as_nothing():
    assert properties_of({"properties": ["a"]}) == {}
    assert at_setting({"a": {"b": 1}}, "a.b") == 1
    for path in (None, "", 7, ["a"], {"a": 1}):
        assert at_setting({"a": {"b": 1}}, path) is None


def test_a_setting_is_a_template_only_with_a_default():
    assert has_templates({"pixel": '{{ event.context.pixel || "1" }}'})
    assert not has_templates({"pixel": "{{PIXEL-CODE}}"})
