"""Destinations written for one test."""

import pytest
import yaml

from transformer.destinations.compile import compile_definition
from transformer.destinations.definition import read_definition
from transformer.mappers.mapper import Mapper, Program

WHOLE = {
    "name": "example",
    "title": "Example",
    "summary": "Shows one thing.",
    "settings": {"key": {"type": "string"}},
    "events": {"track": "only"},
    "requests": {"only": {"endpoint": "https://api.example.com/{settings.key}", "body": {"JSON": "main"}}},
    "mappings": {"main": [{"to": "id", "from": "userId"}]},
}


@pytest.fixture
def write(tmp_path):
    """write({…}, mapper="…", name="…"): a folder with this definition over a whole one; text is written as it is."""

    def make(words, mapper="", name="example"):
        folder = tmp_path / name
        folder.mkdir()
        text = words if isinstance(words, str) else yaml.safe_dump(WHOLE | {"name": name} | words, sort_keys=False)
        folder.joinpath("destination.yaml").write_text(text, "utf-8")
        if mapper:
            folder.joinpath("mapper.py").write_text(mapper, "utf-8")
        return folder

    return make


@pytest.fixture
def opened(write):
    """opened({…}, mapper="…", settings={…}): a mapper of such a definition."""

    def make(words, mapper="", settings=None, **more):
        compiled = compile_definition(read_definition(write(words, mapper)))
        return Mapper(Program(compiled.name, compiled.code, compiled.mappers), settings or {}, **more)

    return make
