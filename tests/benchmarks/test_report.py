"""The report: which cells it measures, what becomes of what was seen, and that it runs and ends."""

import json
import re

import pytest

from benchmarks.bench_report import show
from benchmarks.load import Round
from benchmarks.report.cells import ALL_BATCHES, PLAN, Cell, chosen
from benchmarks.report.page import page
from benchmarks.report.programs import Program
from benchmarks.report.rounds import Measured, Turn
from benchmarks.report.rows import HEAD, cell_rows, cells_of, find, read, server_rows, written
from benchmarks.report.targets import targets

ABOUT = {"cpu": "a CPU", "cores": 2, "kernel": "6", "python": "3.11", "libraries": {}, "commit": "abc"}

ECHO = (Round(4e5, 3.0), [0.4, 0.5, 1.5])


def seen(*factors, cpu=10.0):
    measured = Measured(first_answers=[1.0, 1.2, 1.1], rss_mib=[100.0], pss_mib=[140.0])
    for key in (("identity", "python", "unary", 200), ("ga4", "mapping", "unary", 200), ("identity", "python", "http", 1)):
        measured.turns[key] = [Turn(1e5, cpu * factor, [factor, 2.0, 3.0], 5.0, *ECHO) for factor in factors or (1,)]
    measured.turns["identity of ga4's events", "python", "unary", 200] = [Turn(1e5, 4.0, [1.0], 5.0, *ECHO)]
    measured.left_out["webhook", "mapping", "http", 200] = "404"
    return measured


def rows_of(measured):
    return cell_rows(measured) + server_rows(measured)


def test_the_plan_covers_every_axis():
    told = {name for _, _, workloads, _ in PLAN for name in workloads}
    assert {
        "identity",
        "fields",
        "scrub",
        "sample",
        "pii, clean",
        "pii, dirty",
        "enrichment",
        "ga4",
        "webhook",
        "snowflake",
    } <= told
    for language in ("python", "javascript", "wasm"):
        has = {name for _, its, workloads, _ in PLAN if its == language for name in workloads}
        assert {"identity", "fields", "scrub", "sample"} <= has
    for door in ("unary", "stream", "http"):
        assert {batch for its, _, _, batches in PLAN if its == door for batch in batches} == set(ALL_BATCHES)
        assert {language for its, language, _, _ in PLAN if its == door} == {"python", "javascript", "wasm", "mapping"}


def cell(workload, language, door, batch):
    return Cell(Program(workload, language, (), "", lambda _: 0.0, "w"), door, batch)


def test_only_names_a_workload_a_language_or_a_door():
    found = [
        cell("identity", "python", "unary", 1),
        cell("scrub", "wasm", "http", 200),
        cell("pii, dirty", "python", "unary", 1),
    ]
    assert chosen(found, None, None) == found
    assert chosen(found, "scrub", None) == chosen(found, "wasm", None) == chosen(found, "http", (200,)) == found[1:2]
    assert chosen(found, "pii,http", None) == found[1:]
    with pytest.raises(SystemExit, match="--only is one of http, identity, pii, dirty, python, scrub, unary, wasm"):
        chosen(found, "ruby", None)


def test_a_row_has_the_middle_of_its_rounds_and_the_rounds():
    row = find(rows_of(seen(1, 3, 2)), workload="identity", door="unary")
    assert row["cpu_us"] == 20.0
    assert row["of_floor"] == 4.0
    assert row["rounds"]["of_floor"] == [2.0, 6.0, 4.0]
    assert row["rounds"]["p50_of_echo"] == [4.0, 6.0, 4.0]
    assert row["one_by_one"] == 9
    assert row["p99_ms"] == 3.0
    assert row["p99_of_echo"] == 2.0
    assert row["rate_of_echo"] == 0.25


def test_a_run_from_before_a_column_is_shown_without_it():
    row = find(rows_of(seen()), workload="identity", door="unary")
    older = {name: value for name, value in row.items() if name not in {"rate_of_echo", "p99_of_echo"}}
    gone = [one for one in zip(HEAD, cells_of(row), cells_of(older), strict=True) if one[1] != one[2]]
    assert gone == [("of echo", "0.250", ""), ("of echo", "2.00", "")]


def test_targets_are_held_against_the_cells_that_they_are_about():
    verdicts = {target.name: (target.measured, target.verdict) for target in targets(rows_of(seen(cpu=29.5)))}
    assert verdicts["python: identity"] == (29.5, "missed")
    assert verdicts["mapping: ga4, on top of identity"] == (25.5, "missed")
    assert verdicts["start to first answer"] == (1.1, "met")
    assert verdicts["wasm: identity"] == (None, "not measured")
    assert {target.verdict for target in targets([])} == {"not measured"}


def test_at_least_is_not_at_most():
    rows = [
        {"row": "figure", "name": "requests of one event, one core", "unit": "RPC/s", "value": value} for value in (1999, 2000)
    ]
    assert [target.verdict for row in rows for target in targets([row]) if target.at_least] == ["missed", "met"]


def test_what_was_written_is_read_and_shown(tmp_path, capsys):
    rows = rows_of(seen(1, 2))
    written(tmp_path / "report.json", ABOUT, rows)
    text = (tmp_path / "report.json").read_text()
    assert read(text)["rows"] == json.loads(json.dumps(rows))
    assert set(json.loads(text)) == {"benchmark", "measured", "machine", "rows"}
    show(rows)
    told = capsys.readouterr().out
    assert "left out: webhook, mapping, http, 200: 404" in told
    assert re.search(r"^python: identity +≤ 15 µs +15 +met$", told, re.MULTILINE)
    with pytest.raises(SystemExit, match="that is no report"):
        read('{"benchmark": "soak", "rows": []}')


def test_the_page_holds_everything_in_one_file(tmp_path):
    made = page(rows_of(seen(1, 2)), ABOUT, tmp_path / "report" / "index.html").read_text()
    assert not re.search(r"(src|href)=\"(?!data:)", made)
    assert "<script" not in made
    assert "identity of ga4&#x27;s events" in made
    assert '<td class="met">met</td>' in made


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_report_runs_and_ends_and_a_quick_look_is_not_kept(bench, tmp_path):
    pytest.importorskip("ziglang")
    kept = tmp_path / "run.json"
    done = bench("report", "--only", "sample,stream", "--batches", "1", "--to", str(kept))
    rows = read(kept.read_text())["rows"]
    keys = [(row["workload"], row["language"], row["door"]) for row in rows if row["row"] == "cell"]
    assert sorted(keys) == [
        ("identity", "python", "stream"),
        ("sample", "javascript", "unary"),
        ("sample", "python", "unary"),
        ("sample", "wasm", "unary"),
    ]
    assert "measured in" in done.stderr
