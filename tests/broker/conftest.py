"""What tests of the broker share."""

import pytest


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """A clock that stands until `clock.now` is changed."""
    return Clock()
