"""Whether code may look at metadata, told from its text: where there is any doubt, it may."""

import pytest

from transformer.gateway.code.steps import may_read_metadata

PYTHON = "def transformEvent(event, metadata):\n    {}\n    return event\n"
JAVASCRIPT = "export function transformEvent(event, metadata) {{ {}; return event; }}"


@pytest.mark.parametrize("shape", [PYTHON, JAVASCRIPT])
def test_code_that_cannot_look_gets_none(shape):
    assert not may_read_metadata(shape.format("event.x = 1"))
    assert not may_read_metadata(shape.replace(", metadata", "").format("event.x = 1"))


@pytest.mark.parametrize(
    "source",
    [
        PYTHON.format("event['m'] = metadata(event)"),
        JAVASCRIPT.format("event.m = metadata(event)"),
        JAVASCRIPT.format("event.m = arguments[1](event)"),
        JAVASCRIPT.format("event.m = eval('meta' + 'data')(event)"),
        JAVASCRIPT.format("event.m = met\\u0061data(event)"),
        JAVASCRIPT.format("event.m = meta\ufe0fdata(event)"),
        JAVASCRIPT.format("event.m = (() => {}).constructor('return 1')()"),
        PYTHON.format("event['m'] = locals()['meta' + 'data'](event)"),
        "@wrapped\n" + PYTHON.format("pass"),
        PYTHON.format("pass") + "transformEvent = other\n",
        PYTHON.format("pass") + "def transformBatch(events, metadata):\n    return events\n",
        "def transformEvent(event, *rest):\n    return rest[0](event)\n",
        "def transformEvent(event, m=None):\n    return m(event)\n",
        "export const transformEvent = (event, m) => m(event)",
        "export function transformEvent(event, ...rest) { return rest[0](event); }",
        "def transformBatch(events, metadata):\n    return events\n",
        "function transformEvent(event) {}\nfunction transform(events) { return events.map(metadata); }",
        "",
    ],
)
def test_where_there_is_doubt_it_gets_all(source):
    assert may_read_metadata(source)
