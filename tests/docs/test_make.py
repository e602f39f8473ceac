"""The commands that the documents promise: every target exists, is explained, and the demo does what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments, seconds=60):
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={
            name: value for name, value in os.environ.items() if not name.startswith("MAKE")
        },  # it may be make that runs the tests
        capture_output=True,
        text=True,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def targets():
    return dict(re.findall(r"^([a-z-]+):.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_help_lists_every_target():
    assert re.findall(r"^[a-z-]+", make("help").stdout, re.MULTILINE) == list(targets())


def test_every_target_that_a_document_names_exists():
    named = set()
    for pages in ("*.md", "benchmarks/*.md", "docs/*.md", "library/*.md", "proto/*", "tests/**/*.py"):
        for path in filter(Path.is_file, ROOT.glob(pages)):
            named |= set(re.findall(r"`make ([a-z-]+)", path.read_text(encoding="utf-8")))
    assert named - set(targets()) == set()


def test_every_target_that_needs_tools_makes_them_first():
    rules = re.findall(r"^([a-z-]+):([^#\n]*)##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    without = {name for name, needs in rules if "$(ready)" not in needs}
    assert without == {"check", "clean", "help"}  # check: by what it calls


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.need("linux", "landlock", "seccomp")
def test_the_demo_ends_by_itself_and_says_what_became_of_every_event():
    done = make("demo", seconds=150)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    for word in ("scrub", "split", "sample", "emitted", "dropped"):
        assert word in told, told
