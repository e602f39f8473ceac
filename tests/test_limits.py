"""Limits: one frozen table, equal in settings, frames and class."""

from dataclasses import FrozenInstanceError, fields

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.limits import Limits
from transformer.settings import Settings

NAMES = [field.name for field in fields(Limits)]


@given(st.fixed_dictionaries({name: st.integers(1, 2**40) for name in NAMES}))
def test_limits_survive_the_way_to_a_worker(values):
    limits = Limits(**values)
    assert Limits(**orjson.loads(orjson.dumps(limits.as_dict()))) == limits


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_is_on_by_default_and_a_setting_with_the_same_default(name):
    on = getattr(Limits(), name) > 0
    # Fuel is for turns that have to repeat exactly; event_seconds bounds the rest. And by default nothing waits for longer.
    assert on or name in {"event_fuel", "turn_wait_seconds"}
    assert Settings.model_fields[name].default == getattr(Limits(), name)


def test_settings_hand_out_their_limits():
    assert Settings(event_seconds=2.5, log_lines=7).limits == Limits(event_seconds=2.5, log_lines=7)


def test_limits_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Limits().event_seconds = 9.0
