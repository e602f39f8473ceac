"""Run tests on a machine that stands still: all of their processes are stopped at random moments, for a second or two.

    python -m tests.standstill [--seconds 1.6] [--between 0.7] tests/service …

A test that fails here and nowhere else waits for something that passes, or trusts the clock; it will fail in CI one day. Only
failures that a machine can cause by standing still for all but a second count: with --between far below --seconds even queues
run out of patience.
"""

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import time

import psutil


def main():
    parser = argparse.ArgumentParser(description="Run tests whose processes stand still at random moments.")
    parser.add_argument("--seconds", type=float, default=1.6, help="how long they stand still")
    parser.add_argument("--between", type=float, default=3.0, help="how long they run in between, at most")
    chosen, arguments = parser.parse_known_args()
    tests = subprocess.Popen([sys.executable, "-m", "pytest", "-q", *arguments])
    stops = 0
    while tests.poll() is None:
        time.sleep(random.uniform(0.1, chosen.between))
        stopped = _send(signal.SIGSTOP, _tree(tests.pid))
        time.sleep(chosen.seconds)
        _send(signal.SIGCONT, reversed(stopped))
        stops += 1
    sys.stderr.write(f"everything stood still {stops} times\n")
    return tests.returncode


def _tree(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def _send(number, processes):
    reached = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
            reached.append(process)
    return reached


if __name__ == "__main__":
    sys.exit(main())
