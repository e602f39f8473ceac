"""The sample events: the same everywhere, of every type, about a kilobyte each, and nobody's."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import islice

import orjson
import pytest

from transformer.sample_events import EVENT_TYPES, event_stream, sample_events


def test_a_seed_gives_these_events_for_ever():
    digest = hashlib.sha256(orjson.dumps(sample_events(200, seed=1))).hexdigest()
    assert digest == "b315007a1fc4a493433abfc5fb420c520b8f7e21a30e5bcb50a5df4ddf6be5bd"


def test_seeds_differ():
    assert sample_events(5, seed=1) != sample_events(5, seed=2)


def test_more_events_begin_with_the_same():
    assert sample_events(50, seed=3)[:20] == sample_events(20, seed=3)


def test_stream_gives_the_same_events():
    assert list(islice(event_stream(3), 20)) == sample_events(20, seed=3)


def test_every_type_comes_in_its_share():
    counted = Counter(event["type"] for event in sample_events(2000, seed=4))
    assert tuple(kind for kind, _ in counted.most_common()) == EVENT_TYPES


def test_types_can_be_chosen():
    assert {event["type"] for event in sample_events(20, types=("alias", "group"))} == {"alias", "group"}


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ((), "no event type is given"),
        (("track", "trakc"), "there is no event type 'trakc'; known: track, page, identify, screen, group, alias"),
    ],
)
def test_wrong_types_are_named(types, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        sample_events(1, types=types)


def test_events_are_about_a_kilobyte():
    sizes = [len(orjson.dumps(event)) for event in sample_events(1000, seed=5)]
    assert 900 < sum(sizes) / len(sizes) < 1200
    assert max(sizes) < 2000


def test_message_ids_are_unique():
    ids = [event["messageId"] for event in sample_events(2000, seed=6)]
    assert len(set(ids)) == len(ids)


def test_events_share_nothing():
    first, second = sample_events(2, seed=7, types=("identify",))
    before = orjson.dumps(second)
    first["context"]["traits"]["address"].clear()
    first["integrations"].clear()
    assert first["traits"]["address"]
    assert orjson.dumps(second) == before


def test_nobody_real_is_in_them():
    text = orjson.dumps(sample_events(2000, seed=8)).decode()
    assert {found.split("@")[1] for found in re.findall(r"[\w.-]+@[\w-]+(?:\.[\w-]+)*", text)} == {"example.com"}
    assert set(re.findall(r"https?://([^/\"]+)", text)) == {"shop.example.com", "www.example.org"}
    assert all(ip.startswith("203.0.113.") for ip in re.findall(r'"ip":"([^"]+)"', text))
    assert all("555-01" in phone for phone in re.findall(r"\+1 [\d-]+", text))
