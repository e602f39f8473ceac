"""The counts of a real server: exactly what the client sent and got, under names that were promised, for the price of nothing."""

import asyncio
import json
import urllib.error
import urllib.request
from collections import defaultdict

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from transformer.client import AsyncClient, Event, TransformBatch
from transformer.errors import CallerError
from transformer.observe.table import METRICS, STAGES
from transformer.settings import SettingsError

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

MOODS = """
def transformEvent(event, metadata):
    mood = event["mood"]
    if mood == "hunter2":
        raise ValueError(event["mood"])
    if mood == "endless":
        while True:
            pass
    if mood == "dull":
        return None
    return event
"""
BATCH = "def transformBatch(events, metadata):\n    return events\n"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def fetch(address, path="/metrics", accept="text/plain"):
    request = urllib.request.Request(f"http://{address}{path}", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


async def scrape(server):
    """{name: {labels: value}} of what the server says now."""
    _, text = await asyncio.to_thread(fetch, server.observation.address)
    found = defaultdict(dict)
    for family in read_text(text):
        for sample in family.samples:
            found[sample.name][tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def events(*moods):
    return [Event(json.dumps({"mood": mood}).encode(), f"m-{i}") for i, mood in enumerate(moods)]


async def publish(client, workspace, name, source):
    await client.create_transformation(workspace, name)
    version = await client.create_version(workspace, name, source)
    await client.activate_version(workspace, name, version.number)


async def ask(client, workspace, transformations, batch):
    return await client.transform(workspace=workspace, transformations=transformations, events=batch)


async def test_the_counts_are_exactly_what_was_sent_and_answered(open_server, until):
    lines = []
    async with (
        open_server(lines, metrics_listen="127.0.0.1:0", dead_letters="none") as server,
        AsyncClient(server.address, attempts=1) as client,
    ):
        await client.create_workspace("quiet")
        await publish(client, "default", "moods", MOODS)
        await publish(client, "default", "whole", BATCH)
        await publish(client, "quiet", "whole", BATCH)
        before = await scrape(server)

        good = events("glad", "dull", "glad")
        mixed = events("glad", "hunter2", "endless", "dull", "glad")
        for _ in range(3):
            await ask(client, "default", ["moods"], good)
        await ask(client, "default", ["moods"], mixed)
        await ask(client, "default", ["whole", "moods"], good)
        await ask(client, "quiet", ["whole"], good)
        async for answer in client.stream([TransformBatch(workspace="quiet", transformations=["whole"], events=good)] * 2):
            assert len(answer.outcomes) == 3
        for asked in ("hunter2-is-none", "transformations/moods/versions/99"):
            with pytest.raises(CallerError):
                await ask(client, "default", [asked], good)
        await until(lambda: server.observation.metrics.workers_ended["time"] == 1)
        after = await scrape(server)

    def grown(name):
        changes = {labels: value - before[name].get(labels, 0) for labels, value in after[name].items()}
        return {labels: change for labels, change in changes.items() if change}

    moods, chain, quiet = ("moods", "default"), ("whole+moods", "default"), ("whole", "quiet")
    assert grown("transformer_batches_total") == {
        ("OK", *moods): 4,
        ("OK", *chain): 1,
        ("OK", *quiet): 3,
        ("T402", "", ""): 2,
    }
    assert grown("transformer_batch_seconds_count") == {moods: 4, chain: 1, quiet: 3, ("", ""): 2}
    assert grown("transformer_stage_seconds_count") == {
        (stage, *labels): count for stage in STAGES for labels, count in ((moods, 4), (chain, 1), (quiet, 3))
    }
    assert grown("transformer_stage_errors_total") == {("T402", "plan", "", ""): 2}
    assert grown("transformer_events_total") == {
        ("", "emitted", *moods): 3 * 2 + 2,
        ("", "dropped", *moods): 3 * 1 + 1,
        ("T201", "failed", *moods): 1,
        ("T301", "failed", *moods): 1,
        ("", "emitted", *chain): 2,
        ("", "dropped", *chain): 1,
        ("", "emitted", *quiet): 9,
    }
    size = len(b'{"mood":"glad"}')
    assert grown("transformer_output_bytes_total") == {moods: 8 * size, chain: 2 * size, quiet: 9 * size}
    weight = sum(len(event.payload) for event in good)
    assert grown("transformer_input_bytes_total") == {
        moods: 3 * weight + sum(len(event.payload) for event in mixed),
        chain: weight,
        quiet: 3 * weight,
    }
    assert grown("transformer_requests_total") == {
        ("OK", "Transform"): 6,
        ("T402", "Transform"): 2,
        ("OK", "TransformStream"): 2,
    }
    assert grown("transformer_request_seconds_count") == {("Transform",): 8, ("TransformStream",): 2}
    assert grown("transformer_turns_total") == {("clean",): 8, ("time",): 1}
    assert grown("transformer_queue_wait_seconds_count") == {(): 9}
    assert grown("transformer_workers_ended_total") == {("time",): 1}
    assert grown("transformer_version_hits_total")[()] + grown("transformer_version_misses_total")[()] == 10
    assert after["transformer_workers"][()] == after["transformer_workers_idle"][()] >= 2
    assert after["transformer_requests_running"][()] == after["transformer_streams_open"][()] == 0
    assert after["transformer_registry_up"][()] == 1
    # The durations cover what they claim: the stages are parts of the whole.
    whole = sum(grown("transformer_batch_seconds_sum").values())
    assert 0.3 < sum(grown("transformer_stage_seconds_sum").values()) <= whole + 0.001
    assert grown("transformer_stage_seconds_sum")["turn", *moods] > 0.3


async def test_no_word_of_a_user_is_in_what_is_scraped(open_server):
    async with (
        open_server(metrics_listen="127.0.0.1:0", dead_letters="none") as server,
        AsyncClient(server.address, attempts=1, actor="hunter2") as client,
    ):
        await publish(client, "default", "moods", MOODS)
        await ask(client, "default", ["moods"], events("hunter2"))
        for workspace, asked in (
            ("hunter2", "moods"),
            ("default", "hunter2"),
            ("default", "moods@hunter2"),
            ("default", "hunt\ner2"),
        ):
            with pytest.raises(CallerError):
                await ask(client, workspace, [asked], events("glad"))
        _, text = await asyncio.to_thread(fetch, server.observation.address)
    assert "T201" in text
    assert "hunter2" not in text
    assert "er2" not in text


async def test_nothing_listens_that_was_not_asked_for(open_server):
    async with open_server() as server:
        assert server.observation.address == ""


async def test_the_metrics_are_gone_with_the_server_and_its_port_is_free(open_server):
    async with open_server(metrics_listen="127.0.0.1:0") as server:
        address = server.observation.address
        kind, text = await asyncio.to_thread(fetch, address, accept=OPENMETRICS)
        assert kind.startswith("application/openmetrics-text")
        assert "transformer_build" in {family.name.removesuffix("_info") for family in read_openmetrics(text)}
    with pytest.raises(urllib.error.URLError):
        await asyncio.to_thread(fetch, address)
    async with open_server(metrics_listen=address) as server:
        assert server.observation.address == address


@pytest.mark.parametrize(
    ("listen", "why"), [("0.0.0.0:0", "metrics_public"), ("nowhere", "host:port"), ("203.0.113.9:1", "metrics_public")]
)
async def test_a_server_does_not_start_where_its_metrics_may_not_be(open_server, listen, why):
    with pytest.raises(SettingsError, match=why):
        async with open_server(metrics_listen=listen):
            pytest.fail("it started")


async def test_everything_that_is_exposed_is_in_the_table(open_server):
    async with open_server(metrics_listen="127.0.0.1:0") as server:
        _, text = await asyncio.to_thread(fetch, server.observation.address)
    ours = {family.name for family in read_text(text) if not family.name.startswith(("process_", "python_"))}
    assert ours <= {name.removesuffix("_total") for name in METRICS}
