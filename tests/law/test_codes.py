"""Error codes: permanent, the same in Python and on the wire, each with one status and one line in the reference."""

import pytest
from google.rpc import code_pb2

from transformer.errors import Code
from transformer.wire.pb import transform_pb2
from transformer.wire.status import GRPC_CODES


def proto_codes():
    return {
        value.name.removeprefix("ERROR_CODE_"): value.number
        for value in transform_pb2.ErrorCode.DESCRIPTOR.values
        if value.number
    }


def test_no_code_has_two_names():
    assert len({code.value for code in Code.__members__.values()}) == len(Code.__members__)


def test_the_wire_has_the_same_codes():
    assert proto_codes() == {code.name: code.value for code in Code}


def test_every_code_has_a_grpc_status_that_is_an_error():
    known = set(code_pb2.Code.values()) - {code_pb2.OK, code_pb2.UNKNOWN}
    assert set(GRPC_CODES) == set(Code)
    assert set(GRPC_CODES.values()) <= known


@pytest.mark.parametrize("code", Code, ids=lambda code: code.name)
def test_what_is_not_the_callers_fault_is_retryable(code):
    if 500 <= code.value < 600:
        assert code.retryable
    elif code.value < 200 or 400 <= code.value < 500:
        assert not code.retryable
