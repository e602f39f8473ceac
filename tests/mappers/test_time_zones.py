"""Offsets of time zones: by the moment, and nothing for what is no zone."""

from datetime import UTC, datetime

import pytest

from transformer.mappers.time_zones import offset

WINTER, SUMMER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "seconds"),
    [
        ("Asia/Kolkata", WINTER, 19_800),
        ("America/New_York", WINTER, -18_000),
        ("America/New_York", SUMMER, -14_400),
        ("UTC", SUMMER, 0),
    ],
)
def test_a_zone_is_so_far_from_utc(name, moment, seconds):
    assert offset(name, moment) == seconds


@pytest.mark.parametrize("name", [None, "", 7, "Nowhere/At_All", "../etc/passwd", "/etc/passwd", "America", "\0"])
def test_what_is_no_zone_has_no_offset(name):
    assert offset(name, WINTER) is None
