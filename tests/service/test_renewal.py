"""SIGHUP renews the workers of a server under load: no request fails, and what served before is gone."""

import asyncio
import os
import signal
import threading

import psutil
import pytest

from transformer.client import AsyncClient, Client, Status
from transformer.errors import Code, PlatformError
from transformer.service.renewal import renewing_on_hangup

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]
IDENTITY = "def transformEvent(event, metadata):\n    return event\n"


async def test_renewing_under_load_fails_no_request(open_server, until):
    lines = []
    async with open_server(log=lines) as server:
        old = psutil.Process(server._pool._nurseries.base.zygote.pid)
        outcomes, over = [], threading.Event()

        def send():
            with Client(server.address, attempts=1) as client:
                while not over.is_set():
                    answer = client.transform(workspace="default", transformations=["same"], events=[{}] * 5)
                    outcomes.extend(one.status for one in answer.outcomes)

        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "same")
            await client.create_version("default", "same", IDENTITY)
            await client.activate_version("default", "same", 1)
        senders = [threading.Thread(target=send) for _ in range(2)]
        for sender in senders:
            sender.start()
        try:
            # When it is told to renew in the middle of it
            await until(lambda: len(outcomes) > 20)
            async with renewing_on_hangup(server.renew):
                os.kill(os.getpid(), signal.SIGHUP)
                await until(lambda: any(line["event"] == "renewed workers" for line in lines))
                done = len(outcomes)
                await until(lambda: len(outcomes) > done + 20)
        finally:
            over.set()
            for sender in senders:
                await asyncio.to_thread(sender.join)
        # Then every event was emitted, and the zygote is another one
        assert set(outcomes) == {Status.EMITTED}
        await until(lambda: not old.is_running())


async def test_a_renewal_that_fails_is_logged_and_the_old_workers_go_on(open_server, monkeypatch):
    lines = []
    async with open_server(log=lines) as server:

        async def broken():
            raise PlatformError(Code.INTERNAL, "the zygote did not start: no module named engine")

        with monkeypatch.context() as patch:
            patch.setattr(server._pool, "renew", broken)
            await server.renew()
        assert [line["reason"] for line in lines if line["event"] == "workers were not renewed"] == [
            "the zygote did not start: no module named engine"
        ]
        async with AsyncClient(server.address) as client:
            await client.create_transformation("default", "same")
            assert (await client.create_version("default", "same", IDENTITY)).number == 1
