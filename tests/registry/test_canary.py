"""Who gets the canary: pure, stable, spread evenly."""

from hypothesis import given
from hypothesis import strategies as st

from transformer.registry.canary import share, takes_canary

KEYS = st.text(max_size=40)
PERCENTS = st.floats(0, 100, exclude_min=True)


@given(KEYS, PERCENTS, PERCENTS)
def test_key_that_is_in_stays_in_as_the_share_grows(key, one, other):
    low, high = sorted((one, other))
    assert takes_canary("w", "t", key, low) <= takes_canary("w", "t", key, high)


@given(st.text(alphabet=st.characters(), max_size=20))
def test_every_key_has_a_place_below_a_hundred(key):
    assert 0 <= share("w", "t", key) < 100
    assert takes_canary("w", "t", key, 100)
    assert not takes_canary("w", "t", key, 0)


def test_shares_do_not_change_between_releases():
    assert [round(share("default", "scrub", key), 9) for key in ("", "user-1", "é\ud800")] == [
        20.660094486,
        69.613581161,
        90.356491171,
    ]


def test_keys_are_spread_evenly():
    keys = [f"user-{number}" for number in range(20_000)]
    for percent in (1, 10, 50):
        taken = sum(takes_canary("default", "scrub", key, percent) for key in keys)
        assert abs(taken / len(keys) * 100 - percent) < 1


def test_canaries_of_two_transformations_take_different_keys():
    keys = [f"user-{number}" for number in range(10_000)]
    both = sum(takes_canary("w", "a", key, 10) and takes_canary("w", "b", key, 10) for key in keys)
    assert 50 < both < 150  # a tenth of a tenth


def test_workspaces_count_too():
    assert share("w", "t", "k") != share("v", "t", "k")
