"""A short day of a data plane: nothing lost, nothing doubled, and no answer that it would panic on."""

import random
import sys

import pytest

from tests.chaos.service import SqliteDatabase
from tests.gateway.day.day import live_through

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.need("linux", "landlock", "seccomp")]
HASTE = 15.0  # its 31 tries then take three quarters of a minute: a server comes back in time, however loaded the machine


async def test_every_event_has_exactly_one_end_and_no_answer_makes_it_panic(tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    day = await live_through(tmp_path, SqliteDatabase(tmp_path), seconds=3, haste=HASTE, seed=seed)
    told = f"seed {seed}\n{day.told()}"
    sys.stdout.write(told)  # pytest -s shows it
    assert day.problems() == [], told
    assert day.books.settled > 200, told
    assert len(day.incidents) >= 7, told
