"""Files that a reader can hold in the head, with names that say something and nothing in them that has no place there."""

import ast
import re
import tomllib

import pytest

MAX_LINES = 400
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base_classes"}
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[N]otImplementedError|[p]laceholder)\b")
# Spelt so that this file does not name what it forbids.
REGISTRIES = re.compile(r"[p]ypi\.org|[p]ythonhosted|[n]pmjs\.(org|com)|[d]eb\.debian|[p]roxy\.golang|[c]rates\.io/")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home/\w+|root|Users/\w+|tmp/build)/")
TOP_LEVEL = {
    ".ci",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "benchmarks",
    "deploy",
    "docs",
    "library",
    "proto",
    "pyproject.toml",
    "tests",
    "transformer",
}
TEXT = (
    ".py",
    ".md",
    ".toml",
    ".proto",
    ".yaml",
    ".yml",
    ".json",
    ".jsonl",
    ".txtpb",
    "Makefile",
    "run",
    "generate",
    ".ini",
    ".mako",
)


def lines_that_match(repository, pattern, *endings):
    for path in repository.files(*endings):
        for number, line in enumerate(repository.text(path).splitlines(), 1):
            if pattern.search(line):
                yield f"{path}:{number}: {line.strip()[:100]}"


def test_no_file_is_longer_than_four_hundred_lines(repository):
    sizes = {str(path): len(repository.text(path).splitlines()) for path in repository.files(".py")}
    assert {path: size for path, size in sizes.items() if size > MAX_LINES} == {}


def test_names_say_something(repository):
    parts = {(path, name) for path in repository.files() for name in path.with_suffix("").parts}
    assert sorted(str(path) for path, name in parts if name.lower() in SAYS_NOTHING) == []


def test_the_top_level_is_the_one_that_is_documented(repository):
    assert {path.parts[0] for path in repository.files()} <= TOP_LEVEL


def test_nothing_is_unfinished_by_its_own_words(repository):
    assert list(lines_that_match(repository, UNFINISHED, ".py", ".md", ".proto")) == []


def test_no_package_registry_is_named(repository):
    assert list(lines_that_match(repository, REGISTRIES, *TEXT)) == []


def test_no_path_of_a_machine_is_named(repository):
    assert list(lines_that_match(repository, MACHINE_PATHS, *TEXT)) == []


def test_every_module_says_what_and_why(repository):
    silent = [
        str(path) for path in repository.files(".py", under="transformer/") if not ast.get_docstring(repository.tree(path))
    ]
    assert silent == []


def test_a_silenced_lint_has_its_reason(repository):
    bare = re.compile(r"#\s*noqa(?!: [A-Z]+\d+(, [A-Z]+\d+)* - \S)|#\s*type: ignore(?!\[[\w-]+(, ?[\w-]+)*\]\s+# \S)")
    assert list(lines_that_match(repository, bare, ".py")) == []


@pytest.mark.parametrize("group", ["dependencies", "dev"])
def test_every_dependency_says_what_it_is_for(repository, group):
    block = re.search(rf"^{group} = \[\n(.*?)^\]", repository.text("pyproject.toml"), re.DOTALL | re.MULTILINE)
    assert block is not None
    assert [line for line in block[1].splitlines() if "#" not in line] == []


def test_version_stands_on_top_of_the_changelog(repository):
    """The newest release in CHANGELOG.md is the version of the package; what is not released yet stands above it."""
    version = tomllib.loads(repository.text("pyproject.toml"))["project"]["version"]
    heads = re.findall(r"^## \[?([^\]\s]+)\]?(?: - (\d{4}-\d\d-\d\d))?$", repository.text("CHANGELOG.md"), re.MULTILINE)
    assert heads, "CHANGELOG.md has no section"
    released = [(name, date) for name, date in heads if name != "Unreleased"]
    assert heads[0][0] in {"Unreleased", version}
    assert not released or released[0] == (version, released[0][1])
    assert all(date for _, date in released)
