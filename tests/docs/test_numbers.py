"""Bounds of host calls that docs/HOST_CALLS.md tells and that are no settings: the ones that hold."""

import pytest

from tests.docs.conftest import ROOT
from transformer.broker import redaction
from transformer.broker.fetch import breaker, client, handler, pools, request
from transformer.broker.kv import handler as kv
from transformer.limits import MAX_SECRET_BYTES
from transformer.registry import store_secrets, store_tables
from transformer.wire import tables

KIB = 1024


@pytest.mark.parametrize(
    "sentence",
    [
        f"more than {request._HEADERS} headers or {request._HEADER_BYTES // KIB} KiB.",
        f"the URL {request._URL_CHARACTERS // KIB} KiB",
        f"Connections are kept for {pools._IDLE_SECONDS:g} s and used again",
        f"at most {handler._IDLE} lie idle",
        f"`reply_bytes` less {handler._HEAD_BYTES // KIB} KiB for its head",
        f"{round(pools._LINE_BYTES / KIB)} KiB a line, {pools._HEADERS} headers, {client._HEAD_BYTES // KIB} KiB in all",
        f"the pause doubles, up to {breaker._MOST_TIMES} times the first",
        f"up to {kv.VALUE_BYTES // KIB} KiB; keys are texts of up to {kv.KEY_BYTES} bytes; one call takes up to {kv.KEYS:,} keys.",
        f"Values of less than { {4: 'four'}[redaction._LEAST] } characters are not looked for.",
        f"At most {store_secrets.MAX_SECRETS} of a workspace, of {MAX_SECRET_BYTES // KIB} KiB each.",
        f"one row each, at most {tables.MAX_KEY_BYTES} bytes.",
        f"{ {10: 'Ten'}[store_tables.MAX_VERSIONS] } are kept of a table, and {store_tables.MAX_TABLES} tables of a workspace.",
    ],
)
def test_a_bound_is_told_as_it_is(sentence):
    assert sentence in " ".join((ROOT / "docs" / "HOST_CALLS.md").read_text(encoding="utf-8").split())
