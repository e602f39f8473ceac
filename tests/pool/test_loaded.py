"""What a worker keeps loaded: by weight, the least recently used goes first, the newest never."""

from hypothesis import given
from hypothesis import strategies as st

from transformer.engines.base import Library
from transformer.pool.plan import HEAVIEST, Step
from transformer.worker.loaded import Loaded


def step(engine, source="", **fields):
    return Step("hash", engine, "name", source, **fields)


@given(st.integers(1, 40), st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, HEAVIEST)), max_size=60))
def test_what_fits_is_kept_and_what_was_used_last(room, uses):
    loaded, order, weights = Loaded(room), [], {}
    for key, weight in uses:
        if key in order:
            assert loaded.use(key) == key.upper()
            order.remove(key)
        else:
            assert loaded.use(key) is None
            loaded.add(key, key.upper(), weight)
            weights[key] = weight
        order.append(key)
        gone = []
        while len(order) > 1 and sum(weights[each] for each in order) > room:
            gone.append(order.pop(0))
        assert loaded.trim() == gone
        assert [each for each in "abcdefgh" if each in loaded] == sorted(order)


def test_what_is_discarded_makes_room():
    loaded = Loaded(2)
    loaded.add("a", 1, 2)
    loaded.discard("a")
    loaded.discard("a")
    loaded.add("b", 1, 1)
    loaded.add("c", 1, 1)
    assert loaded.trim() == []


def test_a_version_weighs_what_it_takes_of_memory():
    assert step("python").weight == step("mapper").weight == 1
    assert step("python", "#" * 40_000).weight == 3
    assert step("python", libraries=(Library("l", "h", "#" * 40_000),)).weight == 3
    assert step("javascript").weight == step("wasm").weight == step("python", "#" * 10**6).weight == HEAVIEST
    assert "weight" not in step("python").describe()
    assert step("wasm").describe()["weight"] == HEAVIEST
