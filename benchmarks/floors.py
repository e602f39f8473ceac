"""How little could the work itself cost? JSON decoded and encoded, and the function, with nothing around them.

All figures are microseconds of CPU per event. A service under load keeps all cores busy, so these are measured beside busy
neighbours (`neighbours.py`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.machine import cpu_of

if TYPE_CHECKING:
    from benchmarks.workloads import Workload

NODE = """
const { readFileSync } = require("fs");
const events = readFileSync(process.argv[2], "utf8").trimEnd().split("\\n");
function run(seconds) {
  let count = 0;
  const begun = process.hrtime.bigint(), before = process.cpuUsage();
  while (Number(process.hrtime.bigint() - begun) < seconds * 1e9) {
    for (const event of events) {
      const made = transformEvent(JSON.parse(event), () => ({}));
      if (made !== null) JSON.stringify(made);
    }
    count += events.length;
  }
  const used = process.cpuUsage(before);
  return (used.user + used.system) / count;
}
run(0.3);
console.log(run(Number(process.argv[3])));
"""


def json_cpu(events: Sequence[bytes], rounds: int) -> float:
    """Decode and encode, µs per event."""

    def run() -> None:
        for event in events:
            orjson.dumps(orjson.loads(event))

    return cpu_of(run, rounds=rounds) / len(events) * 1e6


def work_cpu(call: Callable[[Any, Any], Any], events: Sequence[bytes]) -> float:
    """Decode, the function, encode what it gives: µs per event."""

    def run() -> None:
        for event in events:
            given = call(orjson.loads(event), _metadata)
            if given is not None:
                orjson.dumps(given)

    return cpu_of(run, rounds=1) / len(events) * 1e6


def node_cpu(workload: Workload, events: Sequence[bytes], seconds: float) -> float | None:
    """The same in Node, of its whole process; None where it is not installed."""
    node = shutil.which("node")
    if node is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        script, data = Path(folder, "run.cjs"), Path(folder, "events")
        script.write_text(workload.source.replace("export ", "") + NODE, encoding="utf-8")
        data.write_bytes(b"\n".join(events))
        command = [node, str(script), str(data), str(seconds)]
        return float(json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout))


def _metadata(_: object) -> dict[str, object]:
    return {}
