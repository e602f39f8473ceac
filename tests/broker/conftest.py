"""What tests of the broker share."""

import pytest

from transformer.observe import Logger


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """A clock that stands until `clock.now` is changed."""
    return Clock()


@pytest.fixture
def lines():
    """What was logged to `log`."""
    return []


@pytest.fixture
def log(lines):
    """A logger whose lines are kept."""
    return Logger(lambda level, message, facts: lines.append({"event": message, "level": level, **facts}))
