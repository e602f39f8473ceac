"""What processes take of the memory: RSS, and PSS, which divides what is shared among its sharers."""

from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 2**20


@dataclass(frozen=True)
class Memory:
    """In MiB. `processes` counts all of the tree."""

    main_rss: float
    tree_rss: float
    tree_pss: float
    processes: int


def memory_of(pid: int) -> Memory:
    """Of a process and everything below it. Reading the PSS of confined workers needs root; without it they count nothing."""
    main = psutil.Process(pid)
    sizes = [(rss, pss) for process in (main, *main.children(recursive=True)) for rss, pss in [_sizes(process.pid)] if rss]
    return Memory(
        main_rss=round(main.memory_info().rss / MIB, 1),
        tree_rss=round(sum(rss for rss, _ in sizes), 1),
        tree_pss=round(sum(pss for _, pss in sizes), 1),
        processes=len(sizes),
    )


def _sizes(pid: int) -> tuple[float, float]:
    """RSS and PSS. Of a process that ended meanwhile, nothing."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0, 0.0
    found = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return found.get("Rss", 0.0), found.get("Pss", 0.0)
