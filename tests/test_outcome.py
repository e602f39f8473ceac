"""The ledger: every event gets one outcome, exactly once, whatever is tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import Code
from transformer.outcome import Failure, Ledger, LedgerError, Status

EMITTED, DROPPED, FAILED = 1, 2, 3
BECAUSE = Failure(Code.EXCEPTION, "ValueError")


def image(ledger):
    """Everything a ledger holds, to tell whether it changed."""
    return (
        bytes(ledger.status),
        list(ledger.payloads),
        list(ledger.inputs),
        dict(ledger.reasons),
        dict(ledger.failures),
        dict(ledger.logs),
    )


def check(ledger):
    """What must hold of a ledger at any time."""
    covered = {source for sources in ledger.inputs for source in sources}
    assert covered == {i for i in range(ledger.size) if ledger.status[i] == EMITTED}
    assert len(ledger.payloads) == len(ledger.inputs)
    assert len(ledger.status) == ledger.size
    assert set(ledger.status) <= {0, 1, 2, 3}
    assert ledger.open_events() == [i for i in range(ledger.size) if not ledger.status[i]]
    assert ledger.closed == (not ledger.open_events())


@st.composite
def honest(draw, size):
    """A truthful settlement of some of `size` events."""
    events = sorted(draw(st.sets(st.integers(0, size - 1))) if size else [])
    statuses = [draw(st.sampled_from([EMITTED, DROPPED, FAILED])) for _ in events]
    emitted = [event for event, status in zip(events, statuses, strict=True) if status == EMITTED]
    inputs = [(event,) for event in emitted]
    if emitted:
        inputs += draw(
            st.lists(st.sets(st.sampled_from(emitted), min_size=1).map(lambda chosen: tuple(sorted(chosen))), max_size=3)
        )
        inputs = draw(st.permutations(inputs))
    return events, draw(st.sampled_from([list, bytes]))(statuses), [b"{}"] * len(inputs), inputs


@st.composite
def settlements(draw):
    size = draw(st.integers(0, 8))
    return size, draw(honest(size))


anything = st.tuples(
    st.lists(st.integers(-2, 9), max_size=9),
    st.lists(st.integers(-1, 300), max_size=9),
    st.lists(st.just(b"{}"), max_size=9),
    st.lists(st.lists(st.integers(-2, 9), max_size=3).map(tuple), max_size=9),
)


def is_true(ledger, events, statuses, payloads, inputs):
    """Whether a settlement may be accepted, told in the plainest way."""
    emitted = {event for event, status in zip(events, statuses, strict=False) if status == EMITTED}
    return (
        len(events) == len(statuses) == len(set(events))
        and len(payloads) == len(inputs)
        and all(0 <= event < ledger.size and not ledger.status[event] for event in events)
        and all(status in {EMITTED, DROPPED, FAILED} for status in statuses)
        and all(sources and list(sources) == sorted(set(sources)) for sources in inputs)
        and {source for sources in inputs for source in sources} == emitted
    )


@given(settlements())
def test_an_honest_settlement_is_taken(settlement):
    size, columns = settlement
    ledger = Ledger(size)
    ledger.settle(*columns)
    check(ledger)
    assert [ledger.status[event] for event in columns[0]] == list(columns[1])


@given(st.integers(0, 8), st.lists(anything | st.integers(0, 8).flatmap(honest), max_size=6))
def test_no_sequence_of_settlements_accepts_a_lie_or_refuses_the_truth(size, attempts):
    ledger = Ledger(size)
    for columns in attempts:
        before = image(ledger)
        if is_true(ledger, *columns):
            ledger.settle(*columns)
        else:
            with pytest.raises(LedgerError):
                ledger.settle(*columns)
            assert image(ledger) == before
        check(ledger)


@given(st.integers(1, 8), st.data())
def test_the_common_case_and_any_small_lie_about_it(size, data):
    columns = [list(range(size)), [EMITTED] * size, [b"{}"] * size, [(i,) for i in range(size)]]
    at = data.draw(st.integers(0, size - 1))
    match data.draw(st.sampled_from(["event", "status", "payload", "input", "nothing"])):
        case "event":
            columns[0][at] = data.draw(st.integers(-1, size))
        case "status":
            columns[1][at] = data.draw(st.integers(0, 4))
        case "payload":
            del columns[2][at]
        case "input":
            columns[3][at] = tuple(data.draw(st.lists(st.integers(-1, size), max_size=2)))
    ledger = Ledger(size)
    if is_true(ledger, *columns):
        ledger.settle(*columns)
        assert ledger.closed
    else:
        with pytest.raises(LedgerError):
            ledger.settle(*columns)
        assert image(ledger) == image(Ledger(size))


@given(st.integers(1, 8), st.data())
def test_failing_closes_open_events_and_never_a_closed_one(size, data):
    ledger = Ledger(size)
    ledger.settle(*data.draw(honest(size)))
    chosen = data.draw(st.lists(st.integers(0, size - 1), unique=True))
    before = image(ledger)
    if any(ledger.status[event] for event in chosen):
        with pytest.raises(LedgerError):
            ledger.fail(chosen, BECAUSE)
        assert image(ledger) == before
    else:
        ledger.fail(chosen, BECAUSE)
        assert all(ledger.status[event] == FAILED and ledger.failures[event] is BECAUSE for event in chosen)
    check(ledger)


@given(st.integers(1, 8), st.data())
def test_parts_that_share_no_event_merge_into_a_whole(size, data):
    side = [data.draw(st.booleans()) for _ in range(size)]
    whole, seen = Ledger(size), {}
    for chosen in (True, False):
        indexes = [i for i in range(size) if side[i] is chosen]
        part = Ledger(len(indexes))
        events, statuses, payloads, inputs = data.draw(honest(len(indexes)))
        part.settle(events, statuses, payloads, inputs)
        part.reasons.update({event: "why" for event in events if part.status[event] == DROPPED})
        part.logs.update({event: ["line"] for event in events})
        whole.merge(part, indexes)
        seen.update({indexes[event]: status for event, status in zip(events, statuses, strict=True)})
    check(whole)
    assert {i: whole.status[i] for i in range(size) if whole.status[i]} == seen
    assert set(whole.reasons) == {i for i, status in seen.items() if status == DROPPED}
    assert set(whole.logs) == set(seen)


def test_a_part_cannot_be_merged_twice():
    part, whole = Ledger(2), Ledger(4)
    part.settle([0, 1], [EMITTED, DROPPED], [b"{}"], [(0,)])
    whole.merge(part, [1, 3])
    before = image(whole)
    with pytest.raises(LedgerError, match="event 1 has its outcome already"):
        whole.merge(part, [1, 3])
    assert image(whole) == before


def test_failed_events_may_be_left_open():
    part, whole = Ledger(3), Ledger(5)
    part.settle([1], [EMITTED], [b"{}"], [(1,)])
    part.fail([0, 2], BECAUSE)
    part.logs.update({0: ["left"], 1: ["kept"]})
    part.add_counts({"logs": 2, "lanes": 3})
    whole.merge(part, [0, 2, 4], leaving={0})
    assert (whole.open_events(), whole.payloads, whole.inputs) == ([0, 1, 3], [b"{}"], [(2,)])
    assert (whole.failures, whole.logs, whole.counts) == ({4: BECAUSE}, {2: ["kept"]}, {"logs": 2, "lanes": 3})


@given(settlements())
def test_outputs_are_ordered_by_their_first_input_and_stable(settlement):
    size, (events, statuses, payloads, inputs) = settlement
    ledger = Ledger(size)
    ledger.settle(events, statuses, [b"%d" % n for n in range(len(payloads))], inputs)
    ordered, sources = ledger.outputs()
    assert sources == sorted(inputs, key=lambda each: each[0])
    assert sorted(ordered) == sorted(ledger.payloads)
    for a, b in zip(range(len(ordered)), range(1, len(ordered)), strict=False):
        if sources[a][0] == sources[b][0]:
            assert int(ordered[a]) < int(ordered[b])


def test_the_status_numbers_are_the_wires():
    assert {status.name: status.value for status in Status} == {"OPEN": 0, "EMITTED": 1, "DROPPED": 2, "FAILED": 3}
