"""What tests of host calls have in common: engines that make them, a handler that answers as it is told, and how to run both."""

import asyncio
import json
from dataclasses import replace

from transformer.capabilities import Capabilities
from transformer.engines.base import EngineSpec
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.python.spec import PYTHON
from transformer.engines.wasm.spec import WASM
from transformer.pool import Batch, Plan, Step
from transformer.pool.watch import Watch
from transformer.wire.calls import CallError

TOY = EngineSpec("toy", "Python as it is.", (".toy",), "toy_calls", "def transformEvent(event, metadata):\n    return event\n")
ALL = Capabilities(hosts=("*",), secrets=("key",), kv="", geolocation=True)
ASKS = """
def transformEvent(event, metadata):
    host.log(f"before {event['n']}")
    event["got"] = host.ask("kv", {"n": event["n"]})
    event["source"] = metadata(event).get("source")
    host.log(f"after {event['n']}")
    return event
"""


class Calls(Watch):
    """What became of every call, and of workers that ended."""

    def __init__(self):
        self.seen = []
        self.ended = []

    def worker_ended(self, cause):
        self.ended.append(cause)

    def host_called(self, workspace, kind, outcome, seconds):
        self.seen.append((workspace, kind, outcome))


class Upstream:
    """The handler: answers in its time, and remembers how many calls waited at once."""

    def __init__(self):
        self.waiting = self.most = self.total = self.cancelled = 0
        self.release = asyncio.Event()
        self.wait_for(0)

    def wait_for(self, calls):
        """Answer nobody before so many wait at once."""
        self.wanted = calls
        self.release.clear()

    async def __call__(self, workspace, capabilities, arguments):
        self.total += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting >= self.wanted:
            self.release.set()
        try:
            await self.release.wait()
            return await self._answer(arguments)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.waiting -= 1

    async def _answer(self, arguments):
        if "wait_for" in arguments:
            self.wait_for(arguments["wait_for"])
        if "error" in arguments:
            raise CallError(arguments["error"], "so it is", {"code": 7})
        if "raise" in arguments:
            raise RuntimeError("a secret detail")
        if "hang" in arguments:
            await asyncio.Event().wait()
        if "bytes" in arguments:
            return {"body": bytes(arguments["bytes"]), "status": 200}
        if "text" in arguments:
            return "x" * arguments["text"]
        if "nonsense" in arguments:
            return object()
        if "keys" in arguments:
            return {"values": [f"of {key}" for key in arguments["keys"]]}
        return arguments.get("n")


async def run(pool, sources, events=3, *, engine="toy", capabilities=ALL, workspace="w", **options):
    sources = [sources] if isinstance(sources, str) else sources
    engines = [engine] * len(sources) if isinstance(engine, str) else engine
    steps = tuple(
        Step(f"hash of {text}", engine, f"step {i}", text, capabilities=capabilities)
        for i, (engine, text) in enumerate(zip(engines, sources, strict=True))
    )
    given = [{"n": n} for n in range(events)] if isinstance(events, int) else events
    payloads = [json.dumps(event).encode() for event in given]
    metadata = [{"source": f"source {n}"} for n in range(len(given))]
    return await pool.run(Plan(workspace, steps, pool.settings.limits), Batch(payloads, metadata), **options)


def outputs(ledger):
    return [json.loads(payload) for payload in ledger.outputs()[0]]


def codes(ledger):
    return [ledger.failures[i].code if i in ledger.failures else None for i in range(ledger.size)]


ENGINES = {"toy": TOY, "python": PYTHON, "javascript": replace(JAVASCRIPT, module="toy_javascript"), "wasm": WASM}
