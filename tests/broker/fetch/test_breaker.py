"""Circuit breakers, with a clock of their own."""

import pytest

from transformer.broker.fetch.breaker import Breakers, CircuitOpenError

PLACE = ("shop", "api.example.com", 443)


@pytest.fixture
def breakers(clock):
    return Breakers(3, 10.0, clock)


def call(breakers, answered, place=PLACE):
    with breakers.trial(place) as trial:
        trial.answered = answered


def left_alone(breakers, place=PLACE):
    """For how long, 0.0 for not at all."""
    try:
        call(breakers, None, place)
    except CircuitOpenError as is_open:
        return is_open.seconds
    return 0.0


def test_so_many_failures_in_a_row_leave_a_place_alone(breakers):
    for _ in range(2):
        call(breakers, False)
    call(breakers, True)
    for _ in range(2):
        call(breakers, False)
    assert left_alone(breakers) == 0.0
    call(breakers, False)
    assert left_alone(breakers) == 10.0
    assert left_alone(breakers, ("other", *PLACE[1:])) == 0.0
    assert left_alone(breakers, (*PLACE[:2], 80)) == 0.0


def test_one_call_tries_the_place_again_and_decides_for_all(breakers, clock):
    for _ in range(3):
        call(breakers, False)
    clock.now += 10
    with breakers.trial(PLACE) as trial:
        assert left_alone(breakers) == 10.0
        trial.answered = True
    assert left_alone(breakers) == 0.0


def test_each_failed_try_doubles_the_time_up_to_a_bound(breakers, clock):
    for _ in range(3):
        call(breakers, False)
    found = []
    for _ in range(6):
        clock.now += left_alone(breakers)
        call(breakers, False)
        found.append(left_alone(breakers))
    assert found == [20.0, 40.0, 80.0, 160.0, 160.0, 160.0]


def test_a_try_that_came_to_nothing_lets_the_next_one_try(breakers, clock):
    for _ in range(3):
        call(breakers, False)
    clock.now += 10
    with pytest.raises(KeyboardInterrupt), breakers.trial(PLACE):
        raise KeyboardInterrupt
    call(breakers, True)
    assert left_alone(breakers) == 0.0


def test_calls_that_began_before_do_not_prolong_the_time(breakers, clock):
    with breakers.trial(PLACE) as first, breakers.trial(PLACE) as second:
        for _ in range(3):
            call(breakers, False)
        clock.now += 4
        first.answered = second.answered = False
    assert left_alone(breakers) == 6.0


def test_who_asks_hears_once_that_a_place_is_left_alone_and_that_it_answers(breakers, clock):
    heard = []

    def tell(answered):
        with breakers.trial(PLACE, heard.append) as trial:
            trial.answered = answered

    for answered in (True, False, False, True, False, False, False):
        tell(answered)
    assert (heard, breakers.open) == ([10.0], 1)
    clock.now += 10
    tell(False)
    assert (heard, breakers.open) == ([10.0], 1)
    clock.now += 20
    tell(True)
    assert (heard, breakers.open) == ([10.0, 0.0], 0)


def test_without_a_number_no_place_is_left_alone(clock):
    breakers = Breakers(0, 10.0, clock)
    for _ in range(100):
        call(breakers, False)
    assert left_alone(breakers) == 0.0


def test_places_that_are_remembered_are_bounded(breakers):
    for number in range(5000):
        call(breakers, False, ("shop", f"{number}.example.com", 443))
    assert len(breakers) == 4096
