"""The reference tables of the documents say what the code says; `make expect` rewrites them."""

import json
import re
from pathlib import Path

from google.rpc import code_pb2

from transformer.access.roles import EVERYWHERE, HTTP, OWN, ROUTES, RULES, Role
from transformer.access.roles import MEANINGS as ROLES
from transformer.cli.commands import COMMANDS
from transformer.cli.exits import MEANINGS
from transformer.engines.python.modules import HANDED_OUT
from transformer.errors import Code
from transformer.limits import Limits
from transformer.mappers.warehouse import PROVIDERS
from transformer.observe.table import METRICS
from transformer.settings import ENVIRONMENT_PREFIX, Settings
from transformer.settings_rudder import VARIABLES
from transformer.wire.status import GRPC_CODES
from transformer.worker.lockdown import STEPS

ROOT = Path(__file__).resolve().parents[2]
BY_MACHINE = {"workspace_workers": "the cores, at least 2", "concurrent_turns": "twice the cores"}


def proto_sentences():
    """What proto/ says about each code: the comment above it."""
    text = (ROOT / "proto/transformer/v1/transform.proto").read_text(encoding="utf-8")
    body = text[text.index("enum ErrorCode {") :]
    found = re.findall(r"((?:^ +//[^\n]*\n)+) +ERROR_CODE_(\w+) = ", body, re.MULTILINE)
    return {name: " ".join(words.replace("//", " ").split()) for words, name in found}


def test_the_readme_has_every_error_code(holds_table, render):
    said = proto_sentences()
    rows = [
        [f"`{code.text}`", f"`{code.name}`", said[code.name], "yes" if code.retryable else "no", status_name(code)]
        for code in Code
    ]
    holds_table("README.md", "codes", render(["code", "name", "what it means", "retryable", "gRPC status"], rows))


def status_name(code):
    """Codes of 4xx and 5xx end the call; the others are outcomes inside an OK answer."""
    return "" if code.value // 100 not in {4, 5} else f"`{code_pb2.Code.Name(GRPC_CODES[code])}`"


def test_the_readme_has_every_setting(holds_table, render):
    rows = []
    for name, field in Settings.model_fields.items():
        default = BY_MACHINE.get(name) or (f"`{field.default}`" if str(field.default) else "")
        rows.append([f"`{name}`", default, field.description or ""])
    holds_table("README.md", "settings", render(["setting", "default", "what it does"], rows))


def test_the_gateway_has_every_variable_of_theirs(holds_table, render):
    rows = [[f"`{one.name}`", ", ".join(f"`{name}`" for name in one.settings), one.told] for one in VARIABLES]
    holds_table("docs/GATEWAY.md", "environment", render(["variable", "sets", "how, or why not"], rows))


def test_the_reference_of_metrics_has_every_metric(holds_table, render):
    rows = [
        [f"`{name}`", metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.help]
        for name, metric in METRICS.items()
    ]
    holds_table("docs/METRICS.md", "metrics", render(["metric", "kind", "labels", "what it says"], rows))


def test_every_limit_is_a_setting_with_the_same_default():
    limits = Limits().as_dict()
    assert limits == {name: Settings.model_fields[name].default for name in limits}


def test_the_readme_names_the_environment_prefix():
    assert f"`{ENVIRONMENT_PREFIX}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_every_command(holds_table, render):
    rows = [[f"`transformer {spec.name}`", first_sentence(spec.run.__doc__), f"`{spec.examples[0]}`"] for spec in COMMANDS]
    holds_table("README.md", "commands", render(["command", "what it does", "for example"], rows))


def first_sentence(text):
    return " ".join(text.split()).partition(". ")[0].removesuffix(".") + "."


def test_the_readme_has_every_exit_code(holds_table, render):
    holds_table(
        "README.md", "exits", render(["exit code", "meaning"], [[f"{code.value}", said] for code, said in MEANINGS.items()])
    )


def test_security_explains_every_step_of_the_lockdown():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text.partition("| step | what holds afterwards |\n")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == STEPS


def test_security_says_how_far_every_limit_can_be_overshot():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    table = text.partition("| limit | enforced by | overshoot |\n")[2].partition("\n\n")[0]
    assert {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])} >= set(Limits().as_dict())


def results(name):
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))


def test_the_figures_of_the_sandbox_are_the_measured_ones(holds_table, render):
    *policy, starts, crowd = results("sandbox")["rows"]
    rows = [
        [
            row["workload"],
            str(row["plain_us"]),
            str(row["policy_us"]),
            str(row["of_plain"] or ""),
            str(row["with_json_of_plain"]),
        ]
        for row in policy
    ]
    head = ["workload", "plain Python, µs", "under the policy, µs", "ratio", "ratio with JSON around it"]
    holds_table("benchmarks/README.md", "sandbox", render(head, rows))
    rows = [[name.replace("_", " "), str(value)] for name, value in (starts | crowd).items()]
    holds_table("benchmarks/README.md", "workers", render(["workers, confined as in production", "measured"], rows))


def test_what_a_second_process_costs_is_what_was_measured(holds_table, render):
    rows = [[str(value) for value in row.values()] for row in results("relay")["rows"]]
    holds_table("benchmarks/README.md", "relay", render(["batch", "by", "CPU µs/event", "of floor", "of gRPC echo"], rows))


def test_what_host_calls_cost_is_what_was_measured(holds_table, render):
    rows = results("host_calls")["rows"]
    fetched = [
        [row["what"], *(f"{row[name]:.1f}" for name in ("alone_ms", "batch_ms", "p95_ms"))] for row in rows if "alone_ms" in row
    ]
    called = [
        [row["what"], f"{row['us_per_call']:.2f}", f"{row['calls_per_second']:,}"] for row in rows if "us_per_call" in row
    ]
    holds_table("benchmarks/README.md", "fetch", render(["100 events", "one alone, ms", "batch, median ms", "p95 ms"], fetched))
    holds_table("benchmarks/README.md", "calls", render(["call", "µs", "a second"], called))


def test_what_tables_cost_is_what_was_measured(holds_table, render):
    *stores, served = results("tables")["rows"]
    names = ["store", "takes", "us_per_lookup", "of_ours", "own_mib", "mib", "build_cpu_seconds"]
    head = ["a million rows in", "opens", "µs a lookup", "of ours", "own MiB", "file MiB", "built in CPU s"]
    holds_table("benchmarks/README.md", "stores", render(head, [[str(row[name]) for name in names] for row in stores]))
    rows = [[name.replace("_", " "), f"{value:,}"] for name, value in served.items() if name != "store"]
    holds_table("benchmarks/README.md", "tables", render(["in a server", "measured"], rows))


def test_what_the_library_costs_is_what_was_measured(holds_table, render):
    head = ["transform", "Python", "JavaScript", "by"]
    names = ["transform", "python_us", "javascript_us", "by"]
    rows = [[str(row.get(name, "")) for name in names] for row in results("library")["rows"]]
    holds_table("benchmarks/README.md", "library", render(head, rows))


def test_what_mapping_costs_is_what_was_measured(holds_table, render):
    head = ["destination", "in process, µs", "end to end, µs", "identity, µs", "mapping, µs", "incumbent, µs", "part of it"]
    names = ["destination", "in_process_us", "end_to_end_us", "identity_us", "mapping_us", "incumbent_us"]
    rows = [[*(str(row[name]) for name in names), f"1/{row['part']}"] for row in results("mappers")["rows"]]
    holds_table("benchmarks/README.md", "mappers", render(head, rows))


def test_what_the_gateway_costs_is_what_was_measured(holds_table, render):
    *rows, starts = results("gateway")["rows"]
    names = [
        "workload",
        "batch",
        "requests_per_second",
        "events_per_second",
        "cpu_us",
        "of_echo",
        "grpc_us",
        "of_grpc",
        "p50_ms",
    ]
    head = ["work", "batch", "requests/s", "events/s", "CPU µs/event", "of echo", "gRPC, µs/event", "of gRPC", "p50 ms"]
    ready = (
        f"\nReady {starts['ready_ms']:,} ms after the process began, with {starts['cpu_ms']:,} ms of CPU in its whole tree.\n"
    )
    cells = [[f"{row[name]:,}" if isinstance(row[name], int) else str(row[name]) for name in names] for row in rows]
    holds_table("benchmarks/README.md", "gateway", render(head, cells) + ready)


def test_what_the_engines_cost_is_what_was_measured(holds_table, render):
    rows = results("engines")["rows"]
    work, lives = [row for row in rows if "workload" in row], [row for row in rows if "workload" not in row]
    head = ["workload", "language", "worker, batch of 1", "worker, batch of 200", "in one process", "plain CPython or Node"]
    names = ["workload", "engine", "worker_1_us", "worker_200_us", "in_process_us", "plain_us"]
    cells = [[str("" if row[name] is None else row[name]) for name in names] for row in work]
    holds_table("benchmarks/README.md", "engines", render(head, cells))
    head = ["language", "cold start, ms", "check, ms", "worker start, ms", "new version, ms", "worker, PSS MiB", "version, KiB"]
    names = ["engine", "cold_start_ms", "check_ms", "worker_start_ms", "new_version_ms", "pss_mib", "kib_per_version"]
    holds_table("benchmarks/README.md", "lives", render(head, [[str(row.get(name, "")) for name in names] for row in lives]))


def test_the_figures_of_observing_are_the_measured_ones(holds_table, render):
    *batches, scrape = results("observe")["rows"]
    rows = [
        [row["observing"].replace("-", " "), str(row["batch"]), f"{row['us']:.1f}", f"{row['of_json']:.2f}"] for row in batches
    ]
    holds_table("benchmarks/README.md", "observe", render(["observing", "batch", "µs per batch", "of its JSON"], rows))
    told = [f"a batch of {row['batch']}, {row['observing'].replace('-', ' ')}: {row['us']:.1f} µs" for row in batches]
    told.append(f"a scrape, for each transformation with series of its own: {scrape['us_per_series']} µs")
    holds_table("docs/METRICS.md", "cost", "".join(f"- {line}\n" for line in told))


def test_the_figures_of_the_tap_are_the_measured_ones(holds_table, render):
    rows = [
        [row["watching"], str(row["batch"]), f"{row['us']:,.2f}", f"{row['of_json']:.2f}"] for row in results("tap")["rows"]
    ]
    holds_table("benchmarks/README.md", "tap", render(["watching", "batch", "µs per batch", "of its JSON"], rows))


def test_warehouses_are_listed_with_their_differences(holds_table, render):
    head = ["provider", "is", "names", "columns", "JSON paths", "of its own"]
    rows = []
    for name, one in PROVIDERS.items():
        own = [
            "identities" if one.merges else "",
            "" if one.users_table else "no `users`",
            "" if one.users_times or not one.users_table else "no times in `users`",
            "`loaded_at`" if one.loaded_at else "",
            "arrays" if one.arrays else "",
            "`text`" if one.text_from else "",
            "`DATA_WAREHOUSE`" if one.shared_options else "",
        ]
        names = f"{'UPPER' if one.upper else 'lower'} case, {one.longest_name or 'any'} long, {len(one.reserved)} reserved"
        columns = f"{one.most_columns} at most" if one.most_columns else "any number"
        rows.append([f"`{name}`", one.title, names, columns, one.json_paths or "no", ", ".join(filter(None, own))])
    holds_table("docs/WAREHOUSES.md", "warehouses", render(head, rows))


def test_the_figures_of_overload_are_the_measured_ones(holds_table, render):
    cores = {"client_cores": "client, cores", "host_cores": "host, cores", "worker_cores": "workers, cores"}
    told = {name: head for name, head in cores.items() if name in results("overload")["rows"][0]}
    rows = [
        [
            f"{row['offered']:g}x",
            f"{row['per_second']:,}",
            f"{row['served']:,}",
            f"{row['of_capacity']:.2f}",
            f"{row['refused']:,}",
            f"{row['timed_out'] + row['other']:,}",
            f"{row['p50_ms'] or 0:,.0f}",
            f"{row['p99_ms'] or 0:,.0f}",
            *(f"{row[name]:.2f}" for name in told),
        ]
        for row in results("overload")["rows"]
    ]
    head = ["offered", "requests/s", "served/s", "of capacity", "refused/s", "otherwise failed/s", "p50 ms", "p99 ms"]
    head += told.values()
    holds_table("benchmarks/README.md", "overload", render(head, rows))


def test_the_figures_of_fairness_are_the_measured_ones(holds_table, render):
    numbers = {
        "quiet_p50_ms": "quiet p50 ms",
        "quiet_p99_ms": "quiet p99 ms",
        "beside_p50_ms": "beside p50 ms",
        "beside_p99_ms": "beside p99 ms",
        "control_p99_ms": "control p99 ms",
        "ratio": "p99 ratio",
        "control_ratio": "control ratio",
    }
    told = {name: head for name, head in numbers.items() if name in results("fairness")["rows"][0]}
    rows = [
        [row["workload"], str(row["batch"]), *(f"{row[name]:.2f}" for name in told), str(row["lost"])]
        for row in results("fairness")["rows"]
    ]
    head = ["quiet workload", "batch", *told.values(), "lost"]
    holds_table("benchmarks/README.md", "fairness", render(head, rows))


def test_the_figures_of_the_soak_are_the_measured_ones(holds_table, render):
    (row,) = results("soak")["rows"]
    numbers = ("rss_mib", "tree_pss_mib", "descriptors", "processes", "events_per_second", "p50_ms", "p99_ms")
    rows = [[third["third"], *(f"{third[name]:,.1f}" for name in numbers)] for third in row["thirds"]]
    head = ["third", "RSS MiB", "tree PSS MiB", "descriptors", "processes", "events/s", "p50 ms", "p99 ms"]
    told = f"\n{row['seconds']:.0f} s; memory of the last third is {row['growth']:.2f} times that of the second.\n"
    holds_table("benchmarks/README.md", "soak", render(head, rows) + told)


def test_the_readme_has_every_module_that_code_may_import(holds_table):
    holds_table("README.md", "imports", ", ".join(f"`{name}`" for name in sorted(HANDED_OUT)) + "\n")


def test_access_has_every_role(holds_table, render):
    holds_table("docs/ACCESS.md", "roles", render(["role", "for"], [[f"`{role.text}`", ROLES[role]] for role in Role]))


def test_access_has_every_method_and_who_may_call_it(holds_table, render):
    rows = []
    for name, rule in RULES.items():
        service, _, method = name.rpartition(".")[2].partition("/")
        cells = ["yes" if rule.role is None or role >= rule.role else "" for role in Role]
        where = {OWN: "own", EVERYWHERE: "every workspace", "": ""}.get(rule.where, f"`{rule.where}`")
        rows.append([f"`{service}`", f"`{method}`", "yes" if rule.role is None else "", *cells, where])
    head = ["service", "method", "no key", *(role.text for role in Role), "workspace"]
    holds_table("docs/ACCESS.md", "access", render(head, rows))


def test_access_has_every_route_of_the_gateway(holds_table, render):
    rows = []
    for name, rule in ROUTES.items():
        cells = ["yes" if rule.role is None or role >= rule.role else "" for role in Role]
        rows.append([f"`{name}`", "yes" if rule.role is None else "", *cells, f"`{rule.where}`" if rule.where else ""])
    head = ["route", "no key", *(role.text for role in Role), "workspace"]
    holds_table("docs/ACCESS.md", "routes", render(head, rows))


def test_access_has_every_http_route(holds_table, render):
    holds_table("docs/ACCESS.md", "http", render(["HTTP", "who may ask"], [[f"`{route}`", who] for route, who in HTTP.items()]))
