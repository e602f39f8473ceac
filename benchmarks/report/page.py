"""The report as a picture and as a page that holds everything in one file: no script, nothing from elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import matplotlib as mpl
from PIL import Image

from benchmarks.report.cells import USUAL
from benchmarks.report.rows import HEAD, LIVES, cells_of
from benchmarks.report.targets import targets

__all__ = ["draw", "page"]

Rows = Sequence[Mapping[str, Any]]
CELLS = (
    "CPU of the whole process tree per event, four requests in flight; the floor is the smallest server of that protocol, JSON "
    "(echo), JSON and the function, measured in the same round. Spread is that of the rounds' ratios; rates and latency are "
    "held against those of echo."
)
STYLES = {"javascript": "--", "wasm": ":", "mapping": "-.", "stream": "--", "http": ":"}
STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #2a8f4f; --bad: #c0392b; --bar: #4c8bf555; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 2rem; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
td.bar { background: linear-gradient(90deg, var(--bar) var(--part), transparent var(--part)); }
.met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; }
img { max-width: 100%; background: white; border-radius: 6px; }
.wide { overflow-x: auto; }
"""


def page(rows: Rows, about: Mapping[str, Any], path: Path) -> Path:
    """Write the page."""
    picture = io.BytesIO()
    draw(rows, about, picture)
    image = base64.b64encode(picture.getvalue()).decode("ascii")
    where = (
        f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, Python {about['python']}, {about.get('commit', '')}"
    )
    parts = [
        f"<h1>What the service costs</h1><p>{escape(where)}</p>",
        f"<h2>Targets</h2>{_targets(rows)}",
        f'<img alt="The figures below, drawn" src="data:image/png;base64,{image}">',
        f"<h2>Every cell</h2><p>{CELLS}</p>",
        _cells(rows),
        f"<h2>A server with one program alone</h2>{_lives(rows)}<h2>Figures</h2>{_figures(rows)}",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Benchmark report</title><style>{STYLE}</style>'
    path.write_text(head + "".join(parts) + "</html>\n", encoding="utf-8")
    return path


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells of rows are HTML already."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        f"<tr>{''.join(cell if cell.startswith('<td') else f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def _targets(rows: Rows) -> str:
    found = [[escape(cell) for cell in one.cells] for one in targets(rows)]
    told = [[*cells, f'<td class="{verdict}">{verdict}</td>'] for *cells, verdict in found]
    return _table(["batches of 200, unary", "aim", "measured", ""], told)


def _cells(rows: Rows) -> str:
    measured = [row for row in rows if row["row"] == "cell"]
    most = max((row["of_floor"] for row in measured), default=1.0)
    drawn = HEAD.index("of floor")
    told = []
    for row in measured:
        cells = [escape(cell) for cell in cells_of(row)]
        cells[drawn] = f'<td class="bar" style="--part: {row["of_floor"] / most:.0%}">{cells[drawn]}</td>'
        told.append(cells)
    return _table(HEAD, told)


def _lives(rows: Rows) -> str:
    told = [[escape(str(row.get(name, ""))) for name in LIVES] for row in rows if row["row"] == "life"]
    return _table(list(LIVES.values()), told)


def _figures(rows: Rows) -> str:
    told = [[escape(row["name"]), f"{row['value']:,g}", row["unit"]] for row in rows if row["row"] == "figure"]
    return _table(["figure", "measured", ""], told)


def draw(rows: Rows, about: Mapping[str, Any], path: Path | io.BytesIO) -> None:
    """Four pictures in one: by batch, against the floor, latency, memory."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # after the backend is chosen: there may be no display

    measured = [row for row in rows if row["row"] == "cell" and not row["workload"].startswith("identity of")]
    figure, ((by_batch, ratios), (delay, memory)) = plt.subplots(2, 2, figsize=(13, 10), layout="constrained")
    _by_batch(by_batch, measured, "cpu_us", "CPU µs per event")
    _by_batch(delay, measured, "p99_ms", "p99, ms, one request at a time")
    usual = [row for row in measured if row["batch"] == USUAL]
    _bars(ratios, [(_name(row), row["of_floor"]) for row in usual], f"CPU as a multiple of the floor, batches of {USUAL}")
    ratios.axvline(1.0, color="black", linewidth=0.8)
    own = [(f"{row['workload']}, {row['language']}", row["tree_pss_mib"]) for row in rows if row["row"] == "life"]
    _bars(memory, own, "PSS of a server with one program, MiB")
    where = f"{about['cpu']}, {about['cores']} cores, Python {about['python']} {about.get('commit', '')}"
    figure.suptitle(where, fontsize="small")
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=80, format="png")
    plt.close(figure)
    Image.open(drawn).convert("RGB").quantize(128).save(path, format="png", optimize=True)  # a third of the bytes


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['workload']}, {row['language']}" + ("" if row["door"] == "unary" else f", {row['door']}")


def _by_batch(axis: Any, rows: Rows, figure: str, label: str) -> None:
    lines: dict[str, list[tuple[int, float]]] = {}
    labelled = False
    for row in rows:
        lines.setdefault(_name(row), []).append((row["batch"], row[figure]))
    for name, points in lines.items():
        if len(points) > 2:
            labelled = True
            style = STYLES.get(name.split(", ")[-1], "-")
            axis.plot(*zip(*sorted(points), strict=True), style, marker=".", label=name)
    axis.set(xscale="log", yscale="log", xlabel="events in a batch", ylabel=label)
    axis.grid(visible=True, alpha=0.3)
    if labelled:
        axis.legend(fontsize="xx-small", ncols=2)


def _bars(axis: Any, bars: Sequence[tuple[str, float]], label: str) -> None:
    axis.barh([name for name, _ in bars], [value for _, value in bars], color="#4c8bf5")
    axis.invert_yaxis()
    axis.set_xlabel(label)
    axis.tick_params(axis="y", labelsize="x-small")
    axis.grid(visible=True, axis="x", alpha=0.3)
