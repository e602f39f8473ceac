"""Fields: what a list of paths shows, and that it shows nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.tap.projection import parse_fields, project

EVENT = {
    "type": "track",
    "user": {"id": 7, "address": {"city": "Oslo", "zip": "1"}},
    "items": [{"sku": "a", "n": 1}, {"sku": "b"}, 5],
}


@pytest.mark.parametrize(
    ("paths", "shown"),
    [
        ([], EVENT),
        (["type"], {"type": "track"}),
        (["user.address"], {"user": {"address": {"city": "Oslo", "zip": "1"}}}),
        (["user.address.city", "user.address"], {"user": {"address": {"city": "Oslo", "zip": "1"}}}),
        (["user.address.city", "user.id"], {"user": {"address": {"city": "Oslo"}, "id": 7}}),
        (["items.sku"], {"items": [{"sku": "a"}, {"sku": "b"}]}),
        (["type.of", "nothing", "user.nothing"], {}),
    ],
)
def test_a_path_shows_what_is_at_and_below_it(paths, shown):
    assert project(EVENT, parse_fields(paths)) == shown


@pytest.mark.parametrize("path", ["", ".", "a..b", "a."])
def test_a_path_with_an_empty_part_is_refused(path):
    with pytest.raises(ValueError, match="is no field"):
        parse_fields([path])


NAME = st.sampled_from("abc")
VALUE = st.recursive(
    st.integers(), lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAME, inner, max_size=3))
)


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


@given(st.dictionaries(NAME, VALUE), st.lists(st.lists(NAME, min_size=1, max_size=3).map(".".join), min_size=1, max_size=3))
def test_all_and_only_what_is_named_is_shown(event, paths):
    prefixes = [tuple(path.split(".")) for path in paths]
    wanted = [(path, leaf) for path, leaf in leaves(event) if any(path[: len(prefix)] == prefix for prefix in prefixes)]
    shown = list(leaves(project(event, parse_fields(paths))))
    assert sorted(shown) == sorted(wanted)
