"""Spans: in the caller's trace, with names and counts and nothing else, sampled as the caller says."""

import json
import logging
import re
import sys
from types import SimpleNamespace

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from transformer.errors import CallerError, Code, PlatformError
from transformer.observe import Metrics, Observer, open_log
from transformer.observe.traces import Traces, open_exporter
from transformer.settings import Settings, SettingsError

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Call:
    def __init__(self, *headers):
        self.headers = headers

    def invocation_metadata(self):
        return self.headers


def continuing(flags="01", *more):
    return Call(("user-agent", "x"), ("traceparent", f"00-{TRACE}-{PARENT}-{flags}"), *more)


WORK = SimpleNamespace(workspace="w", versions=["workspaces/w/transformations/t/versions/1"], size=4, label=None)
LEDGER = SimpleNamespace(status=bytearray(b"\1\2"), failures={}, payloads=[b"{}"])
FINISHED = SimpleNamespace(work=WORK, ledger=LEDGER, seconds=0.0)


@pytest.fixture
def traced():
    """traced(act, call, ratio) → the spans of a request that did `act(line, metrics)`, by name, as dicts."""

    def trace(act, call=None, ratio=1.0, log=None):
        exporter, metrics = InMemorySpanExporter(), Metrics()
        traces = Traces(exporter, open_log(Settings(log_level="error")) if log is None else log, ratio)
        observer = Observer(open_log(Settings()), metrics, traces)
        try:
            with observer.request("Transform", call) as line:
                act(line, metrics)
        except (CallerError, PlatformError):
            pass
        finally:
            traces.close()
        return {span.name: span for span in exporter.get_finished_spans()}

    return trace


def work(line, metrics):
    line |= {"workspace": "w", "versions": ["workspaces/w/transformations/t/versions/1"], "events": 2}
    metrics.queued("w", 0.001)
    metrics.turned("w", 0.001, "")
    line |= {"emitted": 1, "dropped": 1}
    metrics.finished(FINISHED)


def test_the_callers_trace_is_continued_with_its_state(traced):
    spans = traced(work, continuing("01", ("tracestate", "vendor=a"), ("tracestate", "other=b")))
    request = spans["Transform"]
    assert f"{request.context.trace_id:032x}" == TRACE
    assert f"{request.parent.span_id:016x}" == PARENT
    assert request.parent.is_remote
    assert dict(request.context.trace_state) == {"vendor": "a", "other": "b"}
    assert request.kind.name == "SERVER"


def test_a_request_is_a_span_with_its_stages_below_it(traced):
    spans = traced(work)
    request = spans.pop("Transform")
    assert set(spans) == {"plan", "queue", "turn"}
    for stage in spans.values():
        assert stage.parent.span_id == request.context.span_id
        assert request.start_time - 2_000_000 <= stage.start_time <= stage.end_time <= request.end_time
    assert spans["turn"].end_time - spans["turn"].start_time == pytest.approx(1_000_000, abs=2000)
    assert spans["turn"].attributes == {"transformer.ending": "clean"}
    assert request.attributes == {
        "rpc.system": "grpc",
        "rpc.method": "Transform",
        "transformer.workspace": "w",
        "transformer.versions": ("workspaces/w/transformations/t/versions/1",),
        "transformer.events": 2,
        "transformer.emitted": 1,
        "transformer.dropped": 1,
        "transformer.code": "OK",
    }
    assert request.resource.attributes["service.name"] == "transformer"


def test_a_turn_that_cost_its_worker_says_why(traced):
    def act(line, metrics):
        work(line, metrics)
        metrics.turned("w", 0.5, "time")

    assert traced(act)["turn"].attributes == {"transformer.ending": "time"}


def test_an_error_is_a_code_and_no_words(traced):
    def act(line, metrics):
        raise CallerError(Code.NOT_FOUND, "there is no hunter2")

    spans = traced(act)
    assert (spans["Transform"].status.status_code.name, spans["Transform"].status.description) == ("ERROR", "T402")
    assert set(spans) == {"Transform", "plan"}
    assert "hunter2" not in "".join(span.to_json() for span in spans.values())


def test_a_fault_is_a_code_and_no_words(traced):
    def act(line, metrics):
        raise KeyError("hunter2")

    spans = traced(act)
    assert spans["Transform"].attributes["transformer.code"] == "T506"
    assert "hunter2" not in "".join(span.to_json() for span in spans.values())


@pytest.mark.parametrize(("flags", "ratio", "told"), [("01", 0.0, True), ("00", 1.0, False)])
def test_the_caller_decides_whether_its_trace_is_sampled(traced, flags, ratio, told):
    assert bool(traced(work, continuing(flags), ratio)) is told


@pytest.mark.parametrize(("ratio", "told"), [(0.0, False), (1.0, True)])
def test_of_other_requests_a_share_is_sampled(traced, ratio, told):
    assert bool(traced(work, None, ratio)) is told


@pytest.mark.parametrize(
    "header", ["", "00-xyz", "ff-" + "0" * 32 + "-" + "0" * 16 + "-01", "00-" + "0" * 32 + f"-{PARENT}-01"]
)
def test_a_header_that_is_none_begins_a_trace(traced, header):
    request = traced(work, Call(("traceparent", header)))["Transform"]
    assert request.parent is None
    assert request.context.trace_id


def test_the_log_line_names_the_trace_also_where_it_is_not_sampled(traced, capsys):
    for flags in ("01", "00"):
        traced(work, continuing(flags))
        [line] = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
        assert line["trace"] == TRACE
        assert line["queue_ms"] == 1.0


def test_without_traces_a_line_names_none_and_headers_are_not_looked_at(capsys):
    class Unread:
        def invocation_metadata(self):
            raise AssertionError("looked at")

    with Observer(open_log(Settings())).request("Transform", Unread()):
        pass
    [line] = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert set(line) == {"method", "status", "ms", "message", "level", "timestamp", "profile"}


def test_batches_of_a_stream_are_below_the_stream():
    exporter = InMemorySpanExporter()
    traces = Traces(exporter, open_log(Settings(log_level="error")))
    observer = Observer(open_log(Settings(log_level="error")), None, traces)
    with observer.stream("TransformStream", continuing()), observer.request("TransformStream", continuing()):
        pass
    traces.close()
    batch, stream = exporter.get_finished_spans()
    assert f"{stream.parent.span_id:016x}" == PARENT
    assert batch.parent.span_id == stream.context.span_id
    assert f"{batch.context.trace_id:032x}" == TRACE


class Refusing(InMemorySpanExporter):
    def export(self, spans):
        logging.getLogger("opentelemetry.exporter.test").warning("cannot reach %s", "hunter2")
        return SpanExportResult.FAILURE


def test_what_the_library_warns_of_is_a_line_of_ours_without_arguments(capsys):
    traces = Traces(Refusing(), open_log(Settings()))
    with Observer(open_log(Settings(log_level="error")), None, traces).request("Transform"):
        pass
    traces.close()
    text = capsys.readouterr().err
    [line] = [json.loads(written) for written in text.splitlines()]
    assert (line["message"], line["level"], line["told"]) == ("traces", "warning", "cannot reach %s")
    assert "hunter2" not in text
    assert not logging.getLogger("opentelemetry").handlers


@pytest.mark.parametrize("target", ["otlp", "otlp:", "otlp:host", "otlp:host:port", "http://host:1", "stdout", "otlp::4317"])
def test_a_target_that_is_none_is_refused_with_an_example(target):
    with pytest.raises(SettingsError, match=re.escape("otlp:127.0.0.1:4317")):
        open_exporter(target)


def test_an_exporter_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"transformer\[otlp\]"):
        open_exporter("otlp:127.0.0.1:4317")
