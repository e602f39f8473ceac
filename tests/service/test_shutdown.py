"""A server process that is told to go: it finishes what runs, refuses what is new, and leaves nothing behind."""

import contextlib
import signal
import threading
import time

import psutil
import pytest

from transformer.client import Client, Status
from transformer.errors import Code, PlatformError

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

SLOW = (
    "def transformEvent(event, metadata):\n    log('begun')\n    total = 0\n    for n in range(event['work']):\n        total += n\n"
    "    return {'total': total}\n"
)


def busy(server, work, seconds=60.0):
    """Publish slow code and send a batch of it from a thread, which is returned when the batch is running."""
    answers = []
    with Client(server.address) as client:
        client.create_transformation("default", "slow")
        client.create_version("default", "slow", SLOW)
        client.activate_version("default", "slow", 1)

    def send():
        with Client(server.address, attempts=1, timeout=seconds) as sender:
            try:
                answers.append(sender.transform(workspace="default", transformations=["slow"], events=[{"work": work}]))
            except PlatformError as error:
                answers.append(error)

    before = cpu_seconds(server.process.pid)
    thread = threading.Thread(target=send)
    thread.start()
    end = time.monotonic() + 30
    while not any(used > before.get(child, 0) + 0.3 for child, used in cpu_seconds(server.process.pid).items()):
        assert time.monotonic() < end, "no worker became busy"
        time.sleep(0.01)
    return thread, answers


def cpu_seconds(pid):
    """What each process below `pid` has used."""
    used = {}
    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            used[child.pid] = child.cpu_times().user
    return used


def test_sigterm_finishes_the_running_batch_and_exits_with_0(start):
    server = start(event_seconds=60, turn_seconds=60)
    sender, answers = busy(server, 60_000_000)

    server.process.send_signal(signal.SIGTERM)

    assert server.until("draining")["signal"] == "SIGTERM"
    with Client(server.address, attempts=1, timeout=5) as late, pytest.raises(PlatformError) as told:
        late.list_workspaces()
    assert told.value.code in {Code.DRAINING, Code.UNREACHABLE}
    sender.join(60)
    assert answers[0].outcomes[0].status is Status.EMITTED
    assert server.until("stopped")["finished"] is True
    assert server.wait() == 0


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(start, first):
    server = start(event_seconds=600, turn_seconds=600, drain_seconds=600)
    sender, answers = busy(server, 10**12)

    server.process.send_signal(first)
    server.until("draining")
    server.process.send_signal(first)

    assert server.until("stopped")["finished"] is False
    assert server.wait() == 1
    sender.join(30)
    assert isinstance(answers[0], PlatformError)


def test_what_outlasts_the_drain_is_cut_short(start):
    server = start(event_seconds=600, turn_seconds=600, drain_seconds=0.3)
    sender, answers = busy(server, 10**12)
    server.process.send_signal(signal.SIGTERM)
    assert server.until("stopped")["finished"] is False
    assert server.wait() == 1
    sender.join(30)
    assert isinstance(answers[0], PlatformError)


def test_an_idle_server_stops_with_0(start):
    server = start()
    server.process.send_signal(signal.SIGTERM)
    assert server.wait() == 0
