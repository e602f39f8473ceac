"""Inside the gateway, too, imports lead one way: from where it listens down to the bytes of a request."""

PARTS = (
    "survey",
    "server",
    "connections",
    "tls",
    "app",
    "routes",
    "endpoints",
    "running",
    "code",
    "replies",
    "requests",
    "description",
)
"""Each may import itself and what stands behind it: `survey`, which is for people, is imported by none."""


def part(module):
    return module.removeprefix("transformer.gateway.").partition(".")[0]


def test_a_part_imports_only_what_stands_below_it(repository):
    wrong = []
    for path in repository.files(".py", under="transformer/gateway/"):
        own = part(repository.module(path))
        if path.name == "__init__.py" and own == "transformer":
            continue
        assert own in PARTS, f"{path}: give it a place in PARTS"
        below = PARTS[PARTS.index(own) :]
        for line, module, name in repository.imports(path):
            if module.startswith("transformer.gateway"):
                target = part(module) if module != "transformer.gateway" else name
                if target not in below:
                    wrong.append(f"{path}:{line} reaches into {target}")
    assert wrong == []
