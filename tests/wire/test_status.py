"""Errors as statuses and back: the same facts on both ends, and never more than a trailer may hold."""

import pytest
from google.rpc import code_pb2, error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from transformer.errors import CallerError, Code, CodeError, PlatformError, Problem, Violation
from transformer.wire.status import DOMAIN, error_from_grpc, error_from_status, status_of, told_of

CALLERS = [code for code in Code if 400 <= code < 500]
OTHERS = [code for code in Code if not 400 <= code < 500]

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
seconds = st.none() | st.integers(0, 10**6).map(lambda number: number / 1000)


def facts(error):
    return (
        type(error),
        error.code,
        error.message,
        error.retry_after_seconds,
        [(violation.field, violation.message) for violation in getattr(error, "violations", ())],
        list(getattr(error, "problems", ())),
        getattr(error, "resource", ""),
    )


@given(
    st.sampled_from([code for code in CALLERS if code is not Code.CODE_REFUSED]),
    texts,
    st.lists(st.builds(Violation, texts, texts), max_size=3).map(tuple),
    st.just("") | texts,
)
def test_a_wrong_request_keeps_its_facts(code, message, violations, resource):
    error = CallerError(code, message, violations=violations, resource=resource)
    assert facts(error_from_status(status_of(error))) == facts(error)


@given(texts, st.lists(st.builds(Problem, texts, st.integers(0, 9999), st.integers(0, 999)), max_size=5).map(tuple))
def test_refused_code_keeps_its_problems(message, problems):
    error = CallerError(Code.CODE_REFUSED, message, problems=problems)
    assert facts(error_from_status(status_of(error))) == facts(error)


@given(st.sampled_from([code for code in OTHERS if code is not Code.NO_CAPACITY]), texts, seconds)
def test_what_is_not_the_callers_fault_keeps_its_facts(code, message, wait):
    kind = PlatformError if code // 100 == 5 else CodeError
    error = kind(code, message, retry_after_seconds=wait)
    assert facts(error_from_status(status_of(error))) == facts(error)


def test_no_capacity_always_says_when_to_come_back():
    assert error_from_status(status_of(PlatformError(Code.NO_CAPACITY, "full"))).retry_after_seconds == 0.25
    error = PlatformError(Code.NO_CAPACITY, "full", retry_after_seconds=2)
    assert error_from_status(status_of(error)).retry_after_seconds == 2


@given(
    st.text(st.characters(codec="utf-8"), max_size=3000),
    st.lists(st.builds(Problem, st.text(st.characters(codec="utf-8"), max_size=3000)), max_size=100).map(tuple),
)
def test_a_status_fits_a_trailer_whatever_is_in_it(message, problems):
    status = status_of(CallerError(Code.CODE_REFUSED, message, problems=problems))
    assert status.ByteSize() < 8000
    assert len(status.message) <= 600


def test_what_does_not_fit_is_counted():
    problems = tuple(Problem("x" * 500, line, 1) for line in range(1, 51))
    told = error_from_status(status_of(CallerError(Code.CODE_REFUSED, "broken", problems=problems))).problems
    assert told[:-1] == problems[: len(told) - 1]
    assert told[-1] == Problem(f"and {50 - len(told) + 1} more")


def test_details_name_the_code_and_the_domain():
    status = status_of(PlatformError(Code.DRAINING, "bye"))
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        "DRAINING",
        DOMAIN,
        {"code": "504", "retryable": "true"},
    )


@pytest.mark.parametrize(("retryable", "kind"), [("true", PlatformError), ("false", CallerError)])
def test_a_code_of_a_newer_service_is_told_by_whether_to_retry(retryable, kind):
    status = status_pb2.Status(code=code_pb2.UNAVAILABLE, message="new")
    info = error_details_pb2.ErrorInfo(reason="OF_TOMORROW", domain=DOMAIN, metadata={"retryable": retryable})
    status.details.add().Pack(info)
    assert isinstance(error_from_status(status), kind)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (code_pb2.UNAVAILABLE, Code.UNREACHABLE),
        (code_pb2.DEADLINE_EXCEEDED, Code.UNREACHABLE),
        (code_pb2.UNIMPLEMENTED, Code.BAD_REQUEST),
        (code_pb2.RESOURCE_EXHAUSTED, Code.BATCH_TOO_LARGE),
        (code_pb2.NOT_FOUND, Code.NOT_FOUND),
        (code_pb2.UNKNOWN, Code.INTERNAL),
    ],
)
def test_a_status_that_is_not_ours_is_the_nearest_error(number, code):
    assert error_from_grpc(number, "told by a proxy", None).code is code


@given(st.binary(max_size=60), st.integers(0, 20))
def test_odd_details_are_an_error_and_not_a_crash(detail, number):
    status = status_pb2.Status(code=number, message="odd")
    status.details.add(type_url="type.googleapis.com/google.rpc.Unknown", value=detail)
    assert error_from_status(status).message == "odd"


@given(st.binary(min_size=1, max_size=60))
def test_details_that_cannot_be_read_leave_the_number_and_the_message(rich):
    error = error_from_grpc(code_pb2.NOT_FOUND, "gone", rich)
    assert isinstance(error, CallerError | CodeError | PlatformError)


@given(texts, seconds)
def test_what_a_call_ends_with_is_its_status_and_a_refusal_asks_for_no_less_patience(message, wait):
    full = PlatformError(Code.NO_CAPACITY, message, retry_after_seconds=wait)
    number, told, details = told_of(full)
    status = status_pb2.Status.FromString(details)
    assert (number, told) == (status.code, status.message) == (code_pb2.RESOURCE_EXHAUSTED, status_of(full).message)
    least = 0.25 if wait is None else wait
    assert least - 1e-6 <= error_from_status(status).retry_after_seconds <= least + 0.051
    other = PlatformError(Code.DRAINING, message, retry_after_seconds=wait)
    assert told_of(other) == (code_pb2.UNAVAILABLE, status_of(other).message, status_of(other).SerializeToString())


def test_a_message_that_is_too_long_for_grpc_names_the_settings():
    error = error_from_grpc(8, "SERVER: Received message larger than max (70000000 vs. 68157440)", None)
    assert (type(error), error.code) == (CallerError, Code.BATCH_TOO_LARGE)
    assert error.message == (
        "the request has 70000000 bytes; the server reads at most 68157440, which follows from its settings batch_bytes and"
        " binary_bytes: send less at a time"
    )
