"""The promise, under everything at once: one final outcome for every event, none missing, none of another event."""

import random
import sys

import pytest

from tests import postgres
from tests.chaos.service import PostgresDatabase, SqliteDatabase
from tests.chaos.storm import storm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.need("linux", "landlock", "seccomp")]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.need("postgres"))])
def database(request, tmp_path):
    made = SqliteDatabase(tmp_path) if request.param == "sqlite" else PostgresDatabase(postgres.programs())
    yield made
    made.close()


async def test_every_event_has_exactly_one_final_outcome(database, tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    report = await storm(tmp_path, database, seconds=2, seed=seed)
    told = f"seed {seed}\n{report.told()}"
    sys.stdout.write(told)  # pytest -s shows it
    assert report.problems() == [], told
    assert report.ledger.settled > 1000, told
    assert len(report.faults) == 6, told
