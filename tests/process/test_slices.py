"""Short slices of the CPU, in a process of their own: they cannot be taken back."""

import subprocess
import sys

import pytest

CODE = """
import os, threading
from transformer.pool import scheduling
from transformer.process.slices import ask_for_short_slices

def slice_now():
    return scheduling.read(0).runtime

wait, seen = threading.Event(), []
old = threading.Thread(target=lambda: (wait.wait(), seen.append(slice_now())))
old.start()
os.nice(3)
granted = ask_for_short_slices()
assert os.nice(0) == 3 and os.sched_getscheduler(0) == os.SCHED_OTHER, "nothing else has changed"
wait.set()
old.join()
new = threading.Thread(target=lambda: seen.append(slice_now()))
new.start()
new.join()
if (child := os.fork()) == 0:
    os._exit(0 if slice_now() == 100_000 else 1)
seen.append(100_000 if os.waitpid(child, 0)[1] == 0 else 0)
print(granted, *([] if not granted else seen))
"""


@pytest.mark.need("linux")
def test_threads_and_children_have_them_where_the_system_grants_them():
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout.split()
    assert told in (["True", "100000", "100000", "100000"], ["False"])


def test_where_a_system_has_no_such_thing_it_says_so(monkeypatch):
    from transformer.pool import scheduling
    from transformer.process import slices

    monkeypatch.setattr(scheduling.platform, "machine", lambda: "another")
    assert not slices.ask_for_short_slices()
