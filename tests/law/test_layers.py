"""Who may import whom. The boundary between host and guest is a directory, and this is the law that keeps it one."""

from pathlib import Path

import pytest

GUEST = {"worker", "engines", "mappers"}
CORE = {"errors", "outcome", "limits", "capabilities", "uses"}  # what both sides share; they import each other only

# Read from top to bottom it is the way of a batch. A name covers the module and everything below it.
MAY_IMPORT: dict[str, set[str]] = {
    "__main__": {"cli"},
    "cli": {
        "fixtures",
        "access",
        "addresses",
        "client",
        "gateway",
        "service",
        "deadletters",
        "pool",
        "process",
        "registry",
        "cases",
        "sample_events",
        "settings",
        "settings_rudder",
        "observe",
        "engines.base",
        "engines.binary",
        "engines.catalog",
        "engines.sections",
        "library",
        "manifest",
        "mappers",
        "destinations",
        "pipelines",
        "tables",
        "workspace",
        *CORE,
    },
    # A workspace as a folder, over the client: what it needs of the registry are names and the differences of texts.
    "workspace": {
        "cases",
        "client",
        "destinations",
        "engines.binary",
        "engines.catalog",
        "library",
        "manifest",
        "pipelines",
        "registry.diff",
        "registry.names",
        "tables",
        "wire.tables",
        *CORE,
    },
    "library": {"manifest", "pool", "cases", "fixtures", "engines.base", "engines.catalog", *CORE},
    # What a workspace says in YAML.
    "pipelines": {"destinations", "library", "mappers", *CORE},
    # What is said of destinations, and its compiler; what maps with it is below the wall.
    "destinations": {"manifest", "mappers", "pool", *CORE},
    "manifest": {*CORE},
    "fixtures": {"broker", "cases", "engines.catalog", "pool", "tables", "wire.calls", *CORE},
    "tables": {"wire.tables", *CORE},
    "client": {"wire", "addresses", *CORE},
    "service": {
        "addresses",
        "access",
        "broker",
        "pool",
        "process",
        "registry",
        "deadletters",
        "tap",
        "wire",
        "engines.base",
        "engines.catalog",
        "observe",
        "settings",
        "library",
        "pipelines",
        "destinations",
        "cases",
        *CORE,
    },
    # HTTP, onto the same service.
    "gateway": {
        "access",
        "addresses",
        "broker",
        "destinations",
        "engines.base",
        "engines.catalog",
        "folders",
        "library",
        "manifest",
        "observe",
        "pipelines",
        "places",
        "pool",
        "registry",
        "service",
        "settings",
        "wire",
        *CORE,
    },
    "deadletters": {"places", "settings", *CORE},
    "places": set(),
    "access": {"registry.records", "observe", "settings", "addresses", *CORE},
    "process": {"pool.scheduling"},
    "observe": {"settings", "pool.watch", "addresses", *CORE},
    "addresses": set(),
    "folders": set(),
    "registry": {
        "folders",
        "broker",
        "fixtures",
        "pool",
        "library",
        "cases",
        "sample_events",
        "engines.base",
        "engines.binary",
        "engines.catalog",
        "engines.sections",
        *CORE,
    },
    "tap": {"confinement", "worker.lockdown", *CORE},
    "cases": {*CORE},
    "sample_events": set(),
    # worker.lockdown names the steps, worker.progress the marks, worker.loaded counts what is kept, worker.opening what is
    # trapped: what the two sides of the wall must call the same.
    "confinement": {"worker.lockdown", *CORE},
    # Handlers of host calls: what reaches the network, stores and secrets, and nothing that runs code.
    "broker": {"wire.calls", "settings", "observe", "places", *CORE},
    "pool": {
        "folders",
        "broker",
        "confinement",
        "wire.calls",
        "wire.frames",
        "wire.turns",
        "engines.base",
        "engines.binary",
        "engines.catalog",
        "worker.loaded",
        "worker.lockdown",
        "worker.opening",
        "worker.progress",
        "settings",
        *CORE,
    },
    # ---------------------------------------------------------------- the wall: below it is the guest
    "worker": {"wire.calls", "wire.frames", "wire.tables", "wire.turns", "engines", *CORE},
    "engines": {"wire.calls", "mappers", *CORE},
    "mappers": {"wire.calls", "engines.base", *CORE},
    # ---------------------------------------------------------------- both sides
    "wire": {*CORE},
    "settings": {"limits", "settings_access", "settings_gateway", "settings_rudder"},
    "settings_access": set(),
    "settings_gateway": set(),
    "settings_rudder": set(),
    "outcome": {"errors"},
    "capabilities": set(),
    "uses": {"capabilities", "errors"},
    "limits": set(),
    "errors": set(),
    "__init__": set(),
}

SPEAKS_PROTOBUF = ("wire.pb", "wire.request", "wire.response", "wire.status", "service", "gateway", "client")
WIRE_LIBRARIES = {"grpc", "grpc_health", "grpc_reflection", "grpc_status", "google"}

SHARED = {f"transformer.wire.{name}" for name in ("calls", "frames", "tables", "turns")}  # what both sides read and write

GUEST_LIBRARIES = {
    "orjson",
    "cdbx",
    "RestrictedPython",
    "dateutil",
    "tzdata",
    "_STPyV8",
    "ada_url",
    "tree_sitter",
    "tree_sitter_javascript",
    "tree_sitter_typescript",
    "wasmtime",
    "greenlet",
    "jsonschema_rs",
}
LIBRARIES_OF_NATIVES = {"cryptography", "re2", "rurex", "ua_parser"}  # modules that only libraries we ship may import


def part(path):
    """transformer/pool/lease.py belongs to "pool", transformer/limits.py to "limits"."""
    return path.with_suffix("").parts[1]


def covered(target, names):
    return any(target == name or target.startswith(f"{name}.") for name in names)


def test_every_part_has_its_line_in_the_table(repository):
    assert {part(path) for path in repository.files(".py", under="transformer/")} <= set(MAY_IMPORT)


@pytest.mark.parametrize("owner", MAY_IMPORT)
def test_a_part_imports_only_what_its_line_allows(repository, owner):
    wrong = []
    for path in repository.files(".py", under="transformer/"):
        if part(path) != owner:
            continue
        for line, module, name in repository.imports(path):
            if module.partition(".")[0] != "transformer":
                continue
            target = module.removeprefix("transformer").removeprefix(".") or name
            full = f"{target}.{name}" if name else target
            if not (covered(target, MAY_IMPORT[owner] | {owner}) or covered(full, MAY_IMPORT[owner] | {owner})):
                wrong.append(f"{path}:{line} reaches into {target}")
    assert wrong == []


def test_only_the_edges_speak_grpc_and_protobuf(repository):
    wrong = []
    for path in repository.files(".py", under="transformer/"):
        inside = repository.module(path).removeprefix("transformer.")
        if not covered(inside, SPEAKS_PROTOBUF):
            wrong += [
                f"{path}:{line} imports {module}" for line, module, _ in repository.imports(path) if reaches_the_wire(module)
            ]
    assert wrong == []


def reaches_the_wire(module):
    return module.partition(".")[0] in WIRE_LIBRARIES or module.startswith("transformer.wire.pb")


def test_the_guest_names_no_other_library(repository, stdlib):
    wrong = []
    for path in repository.files(".py", under="transformer/"):
        if part(path) in GUEST | CORE or repository.module(path) in SHARED:
            known = stdlib | GUEST_LIBRARIES | {"transformer"}
            if str(path).startswith("transformer/engines/python/natives/"):
                known |= LIBRARIES_OF_NATIVES
            tops = ((line, module.partition(".")[0]) for line, module, _ in repository.imports(path))
            wrong += [f"{path}:{line} imports {top}" for line, top in tops if top not in known]
    assert wrong == []


def test_nothing_is_imported_for_its_side_effect_by_the_package_itself(repository):
    found = [module for _, module, _ in repository.imports(Path("transformer/__init__.py")) if module != "__future__"]
    assert found == []
