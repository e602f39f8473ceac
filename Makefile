# Every target makes .venv first, when pyproject.toml is newer than it. `make help` lists the targets.
.DEFAULT_GOAL := check
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: check setup lint test fast fmt demo serve crash standstill chaos day hostile bench bench-quick bench-compare bench-scaling bench-parts bench-engines bench-library bench-tables bench-overload bench-fairness bench-soak bench-gateway conformance library-release proto proto-accept expect clean help

VENV ?= .venv
export VENV
bin := $(VENV)/bin
ready := $(VENV)/.ready
ARGS ?=
SECONDS ?= 60
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# The files of tests are spread over so many processes: most of a test is waiting for another process.
spread = -n $(JOBS) --dist loadfile --no-loadscope-reorder
AGAINST ?= HEAD
VECTORS ?= ../shared/vectors
DIR ?= tests/escape/python tests/escape/javascript tests/escape/wasm

check: lint fast ## lint and the fast tests (what `make` alone does)

setup: $(ready) ## make .venv with the project and its tools; PYTHON=… names the interpreter

# One setup at a time, also when two makes run at once: the lock is on this file, the stamp is looked at again behind it.
$(ready): pyproject.toml
	@lock=$$(command -v flock || true); $${lock:+$$lock Makefile} bash -euo pipefail -c '\
	  if [ $(ready) -nt pyproject.toml ]; then exit 0; fi; \
	  if ! found=$$(.ci/find-python); then \
	    echo "make setup needs Python 3.11 or newer with its venv module; $${PYTHON:-what is on PATH} is none." >&2; \
	    echo "On Debian and Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; \
	  fi; \
	  echo "setup: $(VENV) with $$("$$found" --version), $$found" >&2; \
	  "$(bin)/python" -c "import sys, pip; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || "$$found" -m venv --clear $(VENV); \
	  $(bin)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"; \
	  $(bin)/python -m pip install --quiet --disable-pip-version-check --editable ".[gateway,javascript,library,parquet,postgres,redis,wasm]" --group dev; \
	  touch $(ready)'

lint: $(ready) ## format, lint, types, proto lint, breaking changes, generated code current
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/ruff format --check --config library/lint.toml library/transforms
	$(bin)/ruff check --config library/lint.toml library/transforms
	$(bin)/mypy
	$(bin)/buf lint proto
	$(bin)/buf breaking proto --against proto/accepted.txtpb
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; proto/generate "$$fresh"; \
	  diff -r --exclude=__pycache__ "$$fresh" transformer/wire/pb >&2 || \
	  { echo "transformer/wire/pb is not what proto/ generates: run make proto" >&2; exit 1; }

test: $(ready) ## every test, on all cores; ARGS="tests/law -k size" narrows it, JOBS=0 runs it in one process
	$(bin)/pytest $(spread) $(ARGS)

fast: $(ready) ## the tests that are not marked slow
	$(bin)/pytest $(spread) -m "not slow" $(ARGS)

fmt: $(ready) ## format, and mend what the linter can mend
	$(bin)/ruff format .
	$(bin)/ruff check --fix .
	$(bin)/ruff format --config library/lint.toml library/transforms
	$(bin)/ruff check --fix --config library/lint.toml library/transforms

demo: $(ready) ## start a server, publish three transformations, send events, show what became of them
	$(bin)/transformer demo $(ARGS)

serve: $(ready) ## run the service here, for people
	$(bin)/transformer serve --log-format console $(ARGS)

crash: $(ready) ## the tests that kill, hang, bomb and flood
	$(bin)/pytest tests/crash $(ARGS)

standstill: $(ready) ## run tests while all their processes stand still now and then: make standstill ARGS=tests/service
	$(bin)/python -m tests.standstill $(ARGS)

chaos: $(ready) ## kill, stop and restart everything under load, and show what became of every event: make chaos SECONDS=…
	$(bin)/python -m tests.chaos --seconds $(SECONDS) $(ARGS)

day: $(ready) ## two hours of a data plane in two minutes, with deploys and outages, and its books: make day SECONDS=…
	$(bin)/python -m tests.gateway.day --seconds $(SECONDS) $(ARGS)

hostile: $(ready) ## run folders of hostile files (ours, in every language) against each wall: make hostile DIR=…
	$(bin)/python tests/escape/hostile.py $(DIR) $(ARGS)

bench: $(ready) ## one report on every workload, language, batch and door against its floor, under 15 minutes; kept in benchmarks/results
	$(bin)/python -m benchmarks.bench_report $(ARGS)

bench-quick: $(ready) ## the same in a minute, rougher, without keeping it; ARGS="--only scrub,http" for a part
	$(bin)/python -m benchmarks.bench_report --quick $(ARGS)

bench-compare: $(ready) ## measure, and say what is clearly better or worse than AGAINST, a file or a git revision; ARGS="--of FILE" for a run that was kept
	$(bin)/python -m benchmarks.bench_compare --against $(AGAINST) $(ARGS)

bench-scaling: $(ready) ## how the cost grows with workers, versions, workspaces, sizes and batches; ten minutes
	$(bin)/python -m benchmarks.bench_scaling $(ARGS)

bench-parts: $(ready) ## what parts cost: a second process, the sandbox, host calls, the tap, observing; some minutes
	$(bin)/python -m benchmarks.bench_relay $(ARGS)
	$(bin)/python -m benchmarks.bench_sandbox $(ARGS)
	$(bin)/python -m benchmarks.bench_host_calls $(ARGS)
	$(bin)/python -m benchmarks.bench_tap $(ARGS)
	$(bin)/python -m benchmarks.bench_observe $(ARGS)

bench-engines: $(ready) ## each language through a worker, in process, and beside plain CPython and Node; a minute
	$(bin)/python -m benchmarks.bench_engines $(ARGS)

bench-library: $(ready) ## what each transform of the library costs for an event; a minute
	$(bin)/python -m benchmarks.bench_library $(ARGS)

bench-tables: $(ready) ## embedded stores for reference tables side by side, and a million rows in a server; three minutes
	$(bin)/python -m benchmarks.bench_tables $(ARGS)

bench-overload: $(ready) ## offer up to ten times what the service can do; two minutes
	$(bin)/python -m benchmarks.bench_overload $(ARGS)

bench-fairness: $(ready) ## one workspace at a hundred times its share beside another; five minutes
	$(bin)/python -m benchmarks.bench_fairness $(ARGS)

bench-gateway: $(ready) ## what data planes get over HTTP, beside an echo and gRPC, and how soon after its start; three minutes
	$(bin)/python -m benchmarks.bench_gateway $(ARGS)

bench-soak: $(ready) ## memory and latency over ten minutes of mixed load, plotted; ARGS="--seconds 60" for less
	$(bin)/python -m benchmarks.bench_soak $(ARGS)

proto: $(ready) ## generate transformer/wire/pb from proto/
	proto/generate

proto-accept: $(ready) ## take the contract as it is now as the one that later changes must not break
	$(bin)/buf build proto --exclude-source-info -o proto/accepted.txtpb

conformance: $(ready) ## what of the vectors in VECTORS (../shared/vectors) passes, a line a destination; ARGS="--only ga4 --json"; HTTP=1: asked of a server
	$(bin)/python -m tests.conformance $(VECTORS) $(if $(HTTP),--http) $(ARGS)

library-release: $(ready) ## release transforms of the library that are new: from then on they never change; ARGS="library/pii/v1" for some
	$(bin)/python -m transformer.library.released $(ARGS)

expect: $(ready) ## rewrite what tests compare with, from what the code does now; read the diff
	EXPECT=1 $(bin)/pytest -q -p no:randomly tests/law tests/docs tests/cases tests/registry/test_migrate.py $(ARGS)

clean: ## remove what make, tests and tools leave behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name text; do printf '%-15s %s\n' "$$name" "$$text"; done
