"""Keeps the other cores busy while something is measured on one: `with Neighbours() as others: ... with others.busy(): …`.

Cores that share their insides (hyperthreads, as most rented machines have them) do the same work at up to twice the CPU time
when both are busy. A service under load keeps all of them busy, so what it is compared with has to be measured like that too.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

_WORK = """
from benchmarks.workloads import SCRUB, payloads
import orjson
scrub, events = SCRUB.plain(), payloads(200)
print(flush=True)
while True:
    for event in events:
        orjson.dumps(scrub(orjson.loads(event), None))
"""


class Neighbours:
    """One busy process for each core but one; they stand still except inside of `busy()`. They end with the block."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-c", _WORK]
        count = len(os.sched_getaffinity(0)) - 1
        self._processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) for _ in range(count)]
        for process in self._processes:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGSTOP)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """They work while the block runs."""
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            for process in self._processes:
                process.send_signal(signal.SIGSTOP)
