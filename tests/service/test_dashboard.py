"""The dashboard shows what a server really exposes: every name, label and word in its queries is one that real traffic left."""

import asyncio
import json
import re
import urllib.request
from collections import defaultdict
from pathlib import Path

import promql_parser as promql
import pytest
from prometheus_client.parser import text_string_to_metric_families

from transformer.capabilities import Capabilities
from transformer.client import AsyncClient, Event, TransformBatch
from transformer.errors import CallerError, PlatformError
from transformer.gateway import open_gateway
from transformer.observe.table import METRICS
from transformer.service import Server

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

DASHBOARD = Path(__file__).resolve().parents[2] / "deploy/grafana/transformer.json"
TARGET = {"instance", "job"}
"""Labels that Prometheus gives to what it scrapes."""
EXACT = (promql.MatchOp.Equal, promql.MatchOp.NotEqual)  # no set: they have no hash
BUILT_IN = {"__rate_interval", "__all"}
SOURCE = """
def transformEvent(event, metadata):
    if event.get("endless"):
        while True:
            pass
    if event.get("bad"):
        raise ValueError("bad")
    if event.get("seen"):
        kv.get("seen")
    return event if event.get("keep") else None
"""


@pytest.fixture(scope="module")
def board():
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels_of(board):
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", ())


def queries(board):
    """(title, expression, legend) of every panel."""
    for panel in panels_of(board):
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], target["legendFormat"]


@pytest.fixture(scope="module")
def exposed(make_settings):
    """{metric: {label: values}} of a server that had traffic of every kind."""
    return asyncio.run(traffic(make_settings))


async def traffic(make_settings):
    settings = make_settings(
        metrics_listen="127.0.0.1:0",
        gateway_listen="127.0.0.1:0",
        config_backend_url="http://127.0.0.1:9",  # it has numbers before it is asked
        event_seconds=0.2,
        concurrent_turns=1,
        queue=0,
        version_lost_seconds=0.1,
        log_level="error",
    )
    async with Server(settings, doors=open_gateway(settings)) as server, AsyncClient(server.address, attempts=1) as client:
        for name in ("good", "evil"):
            await client.create_transformation("default", name)
            version = await client.create_version("default", name, SOURCE, capabilities=Capabilities(kv="seen"))
            await client.activate_version("default", name, version.number)

        async def ask(name, *events):
            batch = [Event(json.dumps(event).encode()) for event in events]
            return await client.transform(workspace="default", transformations=[name], events=batch)

        await ask("good", {"keep": 1}, {}, {"bad": 1}, {"seen": 1})
        batch = TransformBatch(workspace="default", transformations=["good"], events=[{"keep": 1}])
        assert [len(answer.outcomes) async for answer in client.stream([batch])] == [1]
        with pytest.raises(CallerError):
            await ask("nobody", {})
        evil = asyncio.create_task(ask("evil", {"endless": 1}))
        for _ in range(1000):
            if server._pool.stats()["busy"]:
                break
            await asyncio.sleep(0.005)
        with pytest.raises(PlatformError):  # nobody may wait, and the only turn is taken
            await ask("good", {})
        await evil
        assert server.observation.metrics.refusals
        assert server.observation.metrics.quarantines
        return await asyncio.to_thread(scrape, server.observation.address)


def scrape(address):
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, defaultdict(set))
            for label, value in sample.labels.items():
                labels[label].add(value)
    return found


def parse(expression):
    """The expression with Grafana's variables filled in; durations have a length, texts match anything."""
    filled = expression.replace("$__rate_interval", "5m")
    return promql.parse(re.sub(r"\$\w+", ".*", filled))


def selectors(expression):
    """The vector selectors in an expression."""
    if isinstance(expression, promql.VectorSelector):
        return [expression]
    if isinstance(expression, promql.MatrixSelector):
        return [expression.vector_selector]
    if isinstance(expression, promql.BinaryExpr):
        return selectors(expression.lhs) + selectors(expression.rhs)
    if isinstance(expression, promql.Call):
        return [one for argument in expression.args for one in selectors(argument)]
    if isinstance(expression, promql.AggregateExpr | promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return selectors(expression.expr)
    assert isinstance(expression, promql.NumberLiteral | promql.StringLiteral), type(expression)
    return []


def labels_of(expression, exposed):
    """The labels that its result has. Fails where it groups or joins by labels that there are not."""
    by_kind = {
        promql.VectorSelector: lambda: set(exposed[expression.name]) | TARGET,
        promql.MatrixSelector: lambda: labels_of(expression.vector_selector, exposed),
        promql.ParenExpr: lambda: labels_of(expression.expr, exposed),
        promql.AggregateExpr: lambda: grouped(expression, exposed),
        promql.Call: lambda: called(expression, exposed),
        promql.BinaryExpr: lambda: joined(expression, exposed),
    }
    return by_kind.get(type(expression), set)()


def grouped(expression, exposed):
    inner = labels_of(expression.expr, exposed)
    if expression.modifier is None:
        return set()
    assert expression.modifier.type == promql.AggModifierType.By, "name what is kept, not what is dropped"
    wanted = set(expression.modifier.labels)
    assert wanted <= inner, f"{wanted - inner} is no label"
    return wanted


def called(expression, exposed):
    inner = set().union(*(labels_of(argument, exposed) for argument in expression.args))
    if expression.func.name == "histogram_quantile":
        assert "le" in inner, "a quantile needs the buckets"
        return inner - {"le"}
    return inner


def joined(expression, exposed):
    left, right = labels_of(expression.lhs, exposed), labels_of(expression.rhs, exposed)
    if expression.modifier and expression.modifier.matching:
        assert set(expression.modifier.matching.labels) <= left & right
    elif str(expression.op) != "or":
        assert left == right or not left or not right, f"{left} never meets {right}"
    return left


def test_every_query_asks_for_metrics_and_labels_that_exist(board, exposed):
    wrong = []
    for title, text, _ in queries(board):
        for selector in selectors(parse(text)):
            if selector.name not in exposed:
                wrong.append(f"{title}: no {selector.name}")
                continue
            labels = exposed[selector.name]
            for matcher in selector.matchers.matchers:
                if matcher.name not in labels.keys() | TARGET:
                    wrong.append(f"{title}: {selector.name} has no label {matcher.name}")
                elif matcher.op in EXACT and matcher.value not in labels[matcher.name]:
                    wrong.append(f"{title}: {selector.name} is never {matcher.name}={matcher.value}")
    assert wrong == []


def test_every_query_groups_and_joins_by_labels_that_are_there(board, exposed):
    for title, text, legend in queries(board):
        try:
            labels = labels_of(parse(text), exposed)
            assert set(re.findall(r"{{(\w+)}}", legend)) <= labels, "the legend names what the query does not give"
        except AssertionError as wrong:
            pytest.fail(f"{title}: {text}: {wrong}")


def test_counters_are_only_shown_as_rates(board):
    """What only grows says nothing by itself, and a rate of what goes up and down says nothing either."""
    wrong = []
    for title, text, _ in queries(board):
        found = re.findall(r"(?:(rate|increase)\()?\b((?:transformer|process|python)_\w+?)(?:{[^}]*})?(\[|\)|\s|$)", text)
        for function, name, bracket in found:
            grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
            if grows != bool(function and bracket == "["):
                wrong.append(f"{title}: {name}")
    assert wrong == []


def test_every_metric_of_the_table_is_on_the_dashboard(board):
    shown = {
        re.sub(r"_(bucket|sum|count)$", "", selector.name)
        for _, text, _ in queries(board)
        for selector in selectors(parse(text))
    }
    assert set(METRICS) - shown == set()


def test_the_traffic_left_nothing_of_the_table_out(exposed):
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed}
    assert set(METRICS) - names == set()
    for name, metric in METRICS.items():
        sample = f"{name}_bucket" if metric.kind == "histogram" else name
        assert set(exposed[sample]) - {"le"} == set(metric.labels), name


def test_every_variable_is_defined_and_used(board):
    defined = {variable["name"] for variable in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps([board["panels"], board["templating"]])))
    assert used - BUILT_IN == defined


def test_variables_ask_for_labels_that_exist(board, exposed):
    asked = [variable["query"]["query"] for variable in board["templating"]["list"] if variable["type"] == "query"]
    assert asked
    for text in asked:
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", text).groups()
        parsed = parse(selector)
        assert {label, *(matcher.name for matcher in parsed.matchers.matchers)} <= set(exposed[parsed.name])


def test_panels_have_ids_of_their_own_sources_and_places_that_do_not_overlap(board):
    panels = list(panels_of(board))
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            sources = {panel["datasource"]["uid"], *(target["datasource"]["uid"] for target in panel["targets"])}
            assert sources == {"${datasource}"}, panel["title"]


def test_a_query_that_is_wrong_is_found(exposed):
    """The tests above can fail."""
    for wrong in (
        "sum by (nothing) (rate(transformer_batches_total[5m]))",
        "histogram_quantile(0.9, sum by (stage) (rate(transformer_stage_seconds_bucket[5m])))",
        "sum by (code) (rate(transformer_batches_total[5m])) / sum by (stage) (rate(transformer_stage_seconds_count[5m]))",
    ):
        with pytest.raises(AssertionError):
            labels_of(parse(wrong), exposed)
