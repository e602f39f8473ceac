"""Samples: the share that was asked for, and a sticky one that is the same everywhere and grows without losing anybody."""

from hypothesis import given
from hypothesis import strategies as st

from transformer.registry.canary import takes_canary
from transformer.tap.sample import takes_sample

KEYS = st.text(min_size=1)
RATES = st.floats(0.0001, 1)


def taken(rate, count=20_000):
    return {n for n in range(count) if takes_sample("w", "t", f"user-{n}", rate, sticky=True)}


@given(KEYS, RATES)
def test_a_sticky_sample_always_decides_alike(key, rate):
    assert len({takes_sample("w", "t", key, rate, sticky=True) for _ in range(3)}) == 1


@given(KEYS, RATES, RATES)
def test_who_is_in_stays_in_when_the_rate_grows(key, one, other):
    less, more = sorted((one, other))
    assert takes_sample("w", "t", key, less, sticky=True) <= takes_sample("w", "t", key, more, sticky=True)


@given(KEYS, st.booleans())
def test_a_sample_of_all_takes_all(key, sticky):
    assert takes_sample("w", "t", key, 1.0, sticky=sticky)


def test_a_sticky_sample_has_its_share():
    assert 0.09 < len(taken(0.1)) / 20_000 < 0.11


def test_a_sticky_sample_is_not_the_canary():
    canary = {n for n in range(20_000) if takes_canary("w", "t", f"user-{n}", 10)}
    assert 0.05 < len(taken(0.1) & canary) / len(canary) < 0.15


def test_a_sample_is_another_one_for_another_transformation():
    other = {n for n in taken(0.1) if takes_sample("w", "u", f"user-{n}", 0.1, sticky=True)}
    assert 0.05 < len(other) / len(taken(0.1)) < 0.15


def test_a_random_sample_has_its_share_whatever_the_key():
    assert 800 < sum(takes_sample("w", "t", "same", 0.1, sticky=False) for _ in range(10_000)) < 1200
    assert 800 < sum(takes_sample("w", "t", "", 0.1, sticky=True) for _ in range(10_000)) < 1200
