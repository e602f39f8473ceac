"""The decoder of the data plane that tests drive: what Go would not take, it does not take."""

import pytest

from tests.gateway.day.strict import ROUTED, UndecodableError, decode, elements

FINE = b'[{"output":{"a":1e2,"b":null},"metadata":{"jobId":1,"x":[]},"statusCode":200,"error":null,"statTags":{"a":"b"}}]'


def test_what_is_fine_is_read():
    assert elements(FINE)[0]["metadata"]["jobId"] == 1
    assert elements(b"null") == []
    ROUTED({"metadata": [{"jobId": 3}], "batched": True, "statusCode": 200, "batchedRequest": []}, "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"1e2", b"NaN"),
        (b"1e2", b"-Infinity"),
        (b"1e2", b"1e999"),
        (b"1e2", b"1" + b"0" * 400),
        (b"1e2", b"[" * 10_001 + b"]" * 10_001),
        (b'"statusCode":200', b'"statusCode":200.0'),
        (b'"statusCode":200', b'"statusCode":"200"'),
        (b'"jobId":1', b'"jobId":1.5'),
        (b'"jobId":1', b'"jobId":true'),
        (b'"jobId":1', b'"JOBID":"1"'),
        (b'"jobId":1', b'"jobId":9223372036854775808'),
        (b'"x":[]', b'"messageIds":"m"'),
        (b'"x":[]', b'"mergedTpConfig":[]'),
        (b'"x":[]', b'"sourceId":7'),
        (b'"error":null', b'"error":{}'),
        (b'"output":{"a":1e2,"b":null}', b'"output":[]'),
        (b'"output":{"a":1e2,"b":null}', b'"output":"x"'),
        (b'{"a":"b"}', b'{"a":1}'),
        (b"}]", b"}]]"),
        (b"}]", b"}"),
    ],
)
def test_what_go_would_not_decode_is_not_decoded(before, after):
    assert before in FINE
    with pytest.raises(UndecodableError):
        elements(FINE.replace(before, after))


def test_depth_is_counted_outside_of_strings_only():
    assert decode(b'["' + b"[" * 20_000 + b'\\""]') == ["[" * 20_000 + '"']
