"""Every code block of the documents works: shell blocks are run in order, as a reader would, against a real server.

sh             run by bash, in one empty folder per document; `make …` is only looked up, not run
sh server      started in the background; the next block waits until the server answers
text           directly after a sh block: exactly what it prints on stdout, `…` standing for anything
python         run like a script, after the shell blocks before it
toml, json     parsed
c, json, python, wit, yaml, zig, with a name: written to a file of that name
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import grpc
import pytest

from tests.guests import build

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "benchmarks/README.md",
    "docs/ACCESS.md",
    "docs/DEAD_LETTERS.md",
    "docs/DEPLOYS.md",
    "docs/GATEWAY.md",
    "docs/HOST_CALLS.md",
    "docs/JAVASCRIPT.md",
    "docs/METRICS.md",
    "docs/OVERLOAD.md",
    "docs/PIPELINES.md",
    "docs/WAREHOUSES.md",
    "docs/WEBASSEMBLY.md",
)
ELSEWHERE = {"CHANGELOG.md", "docs/MAPPINGS.md", "library/CONTRIBUTING.md", "library/README.md"}
"""Documents that have no such blocks, or whose blocks another test runs."""
PAGES = sorted(
    str(path.relative_to(ROOT)) for folder in (".", "benchmarks", "docs", "library") for path in (ROOT / folder).glob("*.md")
)
KNOWN = {("sh",), ("sh", "server"), ("text",), ("python",), ("toml",), ("json",)}
WRITTEN = {"c", "json", "python", "wit", "yaml", "zig"}
PATIENCE_SECONDS = 240


class Reader:
    """Somebody who follows a document: one folder, one environment, perhaps one server."""

    def __init__(self, folder):
        self.folder = folder
        self.server = None
        shutil.copy(build.LIBRARY, folder)
        self.address = f"127.0.0.1:{free_port()}"
        self.gateway = f"127.0.0.1:{free_port()}"
        shims = folder / ".shims"
        shims.mkdir()
        make = shims / "make"
        make.write_text(f'#!/bin/sh\nexec /usr/bin/env -i PATH="{os.environ["PATH"]}" make -n -C "{ROOT}" "$@" >/dev/null\n')
        make.chmod(0o755)
        self.environment = {
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(shims), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "TRANSFORMER_LISTEN": self.address,
            "TRANSFORMER_SERVER": self.address,
            "COLUMNS": "120",
            "ZIG_GLOBAL_CACHE_DIR": str(build.KEPT / "zig"),
        }

    def here(self, text):
        """The text with the addresses that this reader's server has."""
        return text.replace("127.0.0.1:50051", self.address).replace("127.0.0.1:9090", self.gateway)

    def run(self, *command, text=None):
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{text or command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def serve(self, text):
        assert self.server is None, "the document starts a second server"
        log = (self.folder / ".server.log").open("w")
        self.server = subprocess.Popen(
            ["bash", "-c", f"exec {self.here(text).strip()}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        with grpc.insecure_channel(self.address) as channel:
            ready = grpc.channel_ready_future(channel)
            until = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    ready.result(timeout=0.2)
                    break
                except grpc.FutureTimeoutError:
                    told = (self.folder / ".server.log").read_text()
                    assert self.server.poll() is None, told
                    assert time.monotonic() < until, told
        if "--gateway-listen" in text:
            host, _, port = self.gateway.partition(":")
            while True:
                with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
                    return
                assert time.monotonic() < until
                time.sleep(0.05)

    def leave(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            assert self.server.wait(PATIENCE_SECONDS) == 0, (self.folder / ".server.log").read_text()
        finally:
            self.server.kill()
            self.server.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def reader(tmp_path):
    somebody = Reader(tmp_path)
    yield somebody
    somebody.leave()


def matches(expected, printed):
    """Whether `printed` is `expected`, where a `…` stands for any text, also over several lines; ends of lines do not matter."""

    def tidy(text):
        return "\n".join(line.rstrip() for line in text.strip().splitlines())

    pattern = ".*?".join(re.escape(part) for part in tidy(expected).split("…"))
    return re.fullmatch(pattern, tidy(printed), re.DOTALL) is not None


MARKS = {
    "docs/GATEWAY.md": [pytest.mark.need("curl")],
    "docs/WEBASSEMBLY.md": [pytest.mark.slow, pytest.mark.need("zig", "componentize-py")],
}
# A component of 18 MB is compiled, and a machine may be busy.
PATIENT = {"docs/WEBASSEMBLY.md": {"TRANSFORMER_COMPILE_SECONDS": "600", "TRANSFORMER_EVENT_SECONDS": "10"}}


@pytest.mark.timeout(600)
@pytest.mark.need("linux", "landlock", "seccomp")
@pytest.mark.parametrize("document", [pytest.param(name, marks=MARKS.get(name, ())) for name in DOCUMENTS])
def test_every_block_of_a_document_works(document, blocks, reader):
    reader.environment.update(PATIENT.get(document, {}))
    printed = ""
    for block in blocks(document):
        where = f"{document}:{block.line}"
        if block.language in WRITTEN and len(block.words) == 2:
            reader.write(block.words[1], block.text)
            continue
        assert block.words in KNOWN, f"{where}: nothing checks a block of this kind"
        if block.language == "text":
            assert block.follows, f"{where}: output must directly follow its command"
            assert matches(block.text, printed), f"{where}: it printed\n{printed}"
        elif block.words == ("sh", "server"):
            reader.serve(block.text)
        elif block.language == "sh":
            printed = reader.run("bash", "-euo", "pipefail", "-s", text=reader.here(block.text))
        elif block.language == "python":
            printed = reader.run(sys.executable, "-", text=reader.here(block.text))
        else:
            {"toml": tomllib.loads, "json": json.loads}[block.language](block.text)


def test_no_document_is_left_out():
    assert sorted([*DOCUMENTS, *ELSEWHERE]) == PAGES


def links(document):
    """Files that a document links to, relative to the document."""
    found = re.findall(r"\]\(([^)#\s]+)(?:#[\w-]*)?\)", (ROOT / document).read_text(encoding="utf-8"))
    return [target for target in found if "://" not in target]


@pytest.mark.parametrize("document", PAGES)
def test_files_that_a_document_links_to_exist(document):
    assert [target for target in links(document) if not ((ROOT / document).parent / target).exists()] == []


@pytest.mark.parametrize("document", PAGES)
def test_files_and_folders_that_a_document_names_exist(document):
    named = re.findall(
        r"`((?:transformer|tests|proto|benchmarks|deploy|docs|\.ci)/[\w./-]*)`", (ROOT / document).read_text(encoding="utf-8")
    )
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


def test_the_world_in_the_document_is_the_one_that_counts(blocks):
    (shown,) = [block.text for block in blocks("docs/WEBASSEMBLY.md") if block.words == ("wit", "wit/transformation.wit")]
    assert shown == (ROOT / "proto/wit/transformation.wit").read_text(encoding="utf-8")


def test_sentences_of_refusal_are_those_of_the_engine():
    text = (ROOT / "docs/WEBASSEMBLY.md").read_text(encoding="utf-8")
    _, _, table = text.partition("## What is refused when it is checked")
    engine = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "transformer/engines/wasm").glob("*.py")))
    sentences = [row.split("|")[1] for row in table.partition("\n## ")[0].splitlines() if row.startswith("| ")][2:]
    assert sentences
    for part in re.split(r"…|/", " … ".join(sentences)):
        assert part.strip(" ,:") in engine, part
