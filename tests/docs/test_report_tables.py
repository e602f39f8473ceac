"""The tables of the documents about speed are what the committed results of the report and of scaling say."""

import json
from pathlib import Path

from benchmarks.bench_scaling import verdicts
from benchmarks.report.targets import targets

ROOT = Path(__file__).resolve().parents[2]


def results(name):
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))


def about(told):
    """Where it was measured, in a line."""
    return f"{told['cpu']}, {told['cores']} cores, Linux {told['kernel']}, Python {told['python']}"


def test_the_figures_of_the_service_are_the_measured_ones(holds_table, render):
    """What the documents claim about speed is what the committed results say."""
    told = results("report")
    cells = [row for row in told["rows"] if row["row"] == "cell"]
    lines = [
        [
            *(str(row[name]) for name in ("workload", "language", "door", "batch")),
            f"{row['events_per_second']:,}",
            f"{row['cpu_us']:.1f}",
            f"{row['of_floor']:.2f}",
            f"{min(row['rounds']['of_floor']):.2f} to {max(row['rounds']['of_floor']):.2f}",
            f"{row['p50_ms']:.2f}",
            f"{row['p99_ms']:.2f}",
        ]
        for row in cells
    ]
    head = ["workload", "language", "door", "batch", "events/s", "CPU µs/event", "of floor", "spread", "p50 ms", "p99 ms"]
    where = f"\n{about(told['machine'])}; {len(cells[0]['rounds']['of_floor'])} rounds.\n"
    shown = [line for line in lines if line[0] == "identity" or line[3] == "200"]
    holds_table(
        "benchmarks/README.md", "report", render(head, [x for x in shown if not x[0].startswith("identity of")]) + where
    )
    usual = [line for line in lines if line[2:4] == ["unary", "200"] and not line[0].startswith("identity of")]
    holds_table("README.md", "speed", render(head, usual) + where)


def test_the_memory_of_servers_is_the_measured_one(holds_table, render):
    rows = [row for row in results("report")["rows"] if row["row"] == "life"]
    names = ("workload", "language", "first_answer_s", "main_rss_mib", "tree_rss_mib", "tree_pss_mib")
    head = ["a server with", "language", "first answer, s", "RSS of main, MiB", "RSS of all, MiB", "PSS of all, MiB"]
    holds_table("benchmarks/README.md", "servers", render(head, [[str(row[name]) for name in names] for row in rows]))


def test_the_targets_are_those_that_the_report_prints(holds_table, render):
    rows = [target.cells for target in targets(results("report")["rows"])]
    holds_table("benchmarks/README.md", "targets", render(["target", "aim", "measured", ""], rows))


def test_the_figures_of_scaling_are_the_measured_ones(holds_table, render):
    rows = results("scaling")["rows"]
    for kind in ("workers", "size_kb", "events", "versions"):
        found = [row for row in rows if row["row"] == kind]
        names = [name for name in found[0] if name != "row"]
        lines = [["" if row[name] is None else str(row[name]) for name in names] for row in found]
        holds_table("benchmarks/README.md", f"scaling-{kind}", render([name.replace("_", " ") for name in names], lines))
    head = ["of", "each, from step to step", ""]
    holds_table("benchmarks/README.md", "scaling", render(head, [list(one) for one in verdicts(rows)]))
