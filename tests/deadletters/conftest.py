"""Letters, and both sinks to keep them in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from transformer.deadletters import Bounds, Sink, open_sink
from transformer.settings import Settings


@pytest.fixture
def settings(tmp_path) -> Callable[..., Settings]:
    """settings(**changes): of letters in a directory of the test's own."""
    return lambda **changes: Settings(**{"dead_letters": f"directory:{tmp_path}/letters"} | changes)


@pytest.fixture(params=["directory", "postgresql"])
def open_letters(request, settings) -> Iterator[Callable[..., Sink]]:
    """open_letters(**bounds): a sink of the same letters every time, once for each kind."""
    place: dict[str, str] = {}
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        place = {"dead_letters": postgres.new_database()}
    opened = []

    def open_(**changes: Any) -> Sink:
        opened.append(open_sink(settings(**place, **changes)))
        return opened[-1]

    yield open_
    for sink in opened:
        sink.close()
    if place:
        postgres.take_back(place["dead_letters"])


@pytest.fixture
def sink(open_letters) -> Sink:
    """A sink with room."""
    return open_letters()


@pytest.fixture
def bounds() -> Callable[..., Bounds]:
    """bounds(**changes): room for everything, for ever, but for what is changed."""
    return lambda **changes: Bounds(**{"total_bytes": 2**30, "file_bytes": 2**20, "age_seconds": 10.0**8} | changes)
