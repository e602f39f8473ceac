"""What an endpoint gets to know of a request."""

import pytest

from transformer.gateway.requests.calls import Headers


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("identity, x-gzip ; q=1", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("br, gzip; q=0.000 , identity", False),
        ("gzipped", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_goes_to_who_takes_it(accepted, taken):
    assert Headers([(b"accept-encoding", accepted.encode())]).take_gzip is taken
