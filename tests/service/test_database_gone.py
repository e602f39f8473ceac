"""A server that is started while the database is gone serves whatever was served before, of every kind; nothing else, and no
secret lies in clear where it has that from."""

import asyncio
import base64
import contextlib
import json
import shutil
import stat

import pytest

from transformer.capabilities import Capabilities
from transformer.client import AsyncClient, Event, EventMetadata, Use
from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError, Code, PlatformError
from transformer.registry.sealing import new_key

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp"), pytest.mark.need("wasm")]

SECRET, TOPIC = "canary-of-code-1234567890", "canary-of-topic-0987654321"
SAYS = 'def transformEvent(event, metadata):\n    event["says"] = {}\n    return event\n'
PINS = "from words import word\n\n\n" + SAYS.format("word()")
CALLS = SAYS.format('[getCredential("KEY"), lookup("plans", "gold")]')
JAVASCRIPT = "export function transformEvent(event) { event.says = 'js'; return event; }\n"
KAFKA = "type: kafka\nsettings: {topic: '${secret.TOPIC}'}\n"
FLOW = "steps:\n  - use: {}\n  - use: library/drop_fields/v1\n    with: {{fields: [card]}}\ndestination: {}\n"
EVENT = {"type": "track", "userId": "u", "event": "Paid", "card": "4242"}
WARM, COLD = ("plain", "pins", "calls", "script", "module"), "cold"


async def prepare(client):
    for number in (1, 2, 3):
        if number == 1:
            await client.create_transformation("default", "plain")
        await client.create_version("default", "plain", SAYS.format(number))
    await client.activate_version("default", "plain", 1)
    await client.activate_version("default", "plain", 2, alias="canary", percent=50)
    await client.activate_version("default", "plain", 3, alias="beta")
    await client.create_library_version("default", "words", "python", "def word():\n    return 'pinned'\n")
    for name in ("KEY", "COLD", "TOPIC"):
        await client.create_secret("default", name, TOPIC if name == "TOPIC" else SECRET)
    await client.push_table("default", "plans", [{"id": "gold", "n": 1}], "id")
    await client.push_table("default", "cold", [{"id": "gold", "n": 1}], "id")
    code = {
        "pins": (PINS, "python", {}),
        "calls": (CALLS, "python", {"secrets": ("KEY",), "tables": ("plans",)}),
        "script": (JAVASCRIPT, "javascript", {}),
        "module": (base64.b64decode(ENGINES["wasm"].probe), "wasm", {}),
        "cold": (SAYS.format(0), "python", {}),
    }
    for name, (source, engine, capabilities) in code.items():
        await client.create_transformation("default", name)
        made = Capabilities(**capabilities)
        await client.create_version("default", name, source, engine=engine, capabilities=made)
        await client.activate_version("default", name, 1)
    for name in ("lake", "cold"):
        await client.push_definition(
            "default", "destinations", name, KAFKA.replace("TOPIC", "TOPIC" if name == "lake" else "COLD")
        )
    await client.push_definition("default", "pipelines", "flow", FLOW.format("plain/versions/2", "lake"))
    await client.push_definition("default", "pipelines", "cold", FLOW.format("plain", "lake"))
    await client.push_definition("default", "pipelines", "half", "destination: cold")


async def served(client):
    """What is asked for before and after: every kind of thing that a request may name."""
    events = [Event(json.dumps(EVENT).encode(), metadata=EventMetadata(ordering_key=str(number))) for number in range(20)]
    asked = {name: {"transformations": [name]} for name in WARM}
    asked |= {
        "alias": {"transformations": ["transformations/plain/aliases/beta"]},
        "number": {
            "transformations": ["transformations/plain/versions/2", Use("library/drop_fields/v1", {"fields": ["card"]})]
        },
        "pipeline": {"pipeline": "flow"},
        "its version": {"pipeline": "pipelines/flow/versions/1"},
    }
    answers = {}
    for name, what in asked.items():
        result = await client.transform(workspace="default", events=events, **what)
        answers[name] = [json.loads(output.payload) for output in result.outputs]
        assert len(answers[name]) == len(events), (name, result.outcomes[0])
    return answers


async def until_new(client):
    """Until a server whose database is back reads what it did not know."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(PlatformError):
                await client.transform(workspace="default", events=[EVENT], transformations=[COLD])
                return
            await asyncio.sleep(0.02)


async def code_of(client, **what):
    with pytest.raises((CallerError, PlatformError)) as caught:
        await client.transform(workspace="default", events=[EVENT], **what)
    return caught.value.code


@pytest.fixture
def running(open_server, tmp_path):
    """running(): a client of a server, each time another one with the same database, key and disk."""
    settings = {
        "database_url": f"sqlite:///{tmp_path}/registry.db",
        "secrets_key": new_key(),
        "event_seconds": 5,
        "activation_poll_seconds": 0.05,
    }

    @contextlib.asynccontextmanager
    async def start():
        async with open_server(**settings) as server, AsyncClient(server.address, attempts=1) as client:
            yield client

    return start


async def test_whatever_was_served_is_served_without_the_database_and_nothing_else(running, tmp_path):
    async with running() as client:
        await prepare(client)
        before = await served(client)
    assert {answer["says"] for answer in before["plain"]} == {1, 2}  # the canary has its share
    assert before["calls"][0]["says"] == [SECRET, {"id": "gold", "n": 1}]
    assert before["pins"][0]["says"] == "pinned"
    assert before["pipeline"][0]["topic"] == TOPIC

    database, away = tmp_path / "registry.db", tmp_path / "away.db"
    shutil.move(database, away)
    async with running() as client:
        assert await served(client) == before
        # What was never asked for is our trouble, also where only a part of it is missing; so is what never was
        for what in (
            {"transformations": [COLD]},
            {"transformations": ["nothing"]},
            {"pipeline": COLD},
            {"pipeline": "half"},
            {"pipeline": "nothing"},
        ):
            assert await code_of(client, **what) is Code.REGISTRY_UNAVAILABLE, what
        assert Code.REGISTRY_UNAVAILABLE.retryable
        assert not database.exists()
        for path in tmp_path.glob("registry.db-cache*/*"):
            kept = path.read_bytes()
            assert not any(
                form in kept for secret in (SECRET, TOPIC) for form in (secret.encode(), base64.b64encode(secret.encode()))
            )
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        # And back: that it failed is not remembered, what changes is followed, and what is deleted is on no disk
        shutil.move(away, database)
        await until_new(client)
        await client.update_secret("default", "TOPIC", "another")
        result = await client.transform(workspace="default", events=[EVENT], pipeline="flow")
        assert json.loads(result.outputs[0].payload)["topic"] == "another"
        await client.delete_secret("default", "KEY")
    shutil.move(database, away)
    async with running() as client:
        result = await client.transform(workspace="default", events=[EVENT], transformations=["calls"])
        assert result.outcomes[0].failure.retryable
        result = await client.transform(workspace="default", events=[EVENT], pipeline="flow")
        assert json.loads(result.outputs[0].payload)["topic"] == "another"
