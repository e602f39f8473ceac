"""What the gateway answers is what the mappers say in process: a fixed sample of the vectors; `make conformance HTTP=1` asks all."""

import pytest

from tests.conformance.over_http import over_http
from tests.conformance.run import first_difference
from tests.conformance.vectors import vectors_of, warehouse_vectors_of
from transformer.destinations import shelf
from transformer.mappers.warehouse import PROVIDERS

EVERY_NTH = 4

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]


@pytest.fixture(scope="module")
def differs():
    with over_http() as ask:
        yield ask


def sample(name, folder):
    """Some vectors of a destination, always the same, at least one; no more than a dozen."""
    vectors = (warehouse_vectors_of if name in PROVIDERS else vectors_of)(folder / "vectors", name)
    return [vector for at, vector in enumerate(vectors) if at % EVERY_NTH == 0 and not vector.timed][:12]


@pytest.mark.parametrize("name", [*shelf.names(), *PROVIDERS])
def test_http_says_what_is_said_in_process(name, differs, shared_folder):
    told = {vector.place: (differs(vector), first_difference(vector)) for vector in sample(name, shared_folder)}
    assert {place: http for place, (http, here) in told.items() if bool(http) != bool(here)} == {}
