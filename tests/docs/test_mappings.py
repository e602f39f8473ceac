"""Every example of docs/MAPPINGS.md is compiled and run; its tables are those of the code."""

import json
import re
from pathlib import Path

import pytest
import yaml

from transformer.destinations.compile import compile_definition
from transformer.destinations.conditions import FUNCTIONS
from transformer.destinations.conversions import CONVERSIONS
from transformer.destinations.definition import ENTRY_KEYWORDS, KEYWORDS, REQUEST_KEYWORDS, read_definition
from transformer.mappers.errors import MappingError
from transformer.mappers.fields import FIELDS
from transformer.mappers.mapper import Mapper, Program

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/MAPPINGS.md").read_text("utf-8")
BLOCKS = re.compile(r"```yaml\n(.*?)```\n```json\n(.*?)```\n```(json|error)\n(.*?)```", re.DOTALL)


def examples():
    for section in re.split(r"^### ", PAGE.partition("## Entries")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]:
        title, _, rest = section.partition("\n")
        yield from ((title, *blocks) for blocks in BLOCKS.findall(rest))


EXAMPLES = list(examples())


def mapper_of(mappings, folder):
    place = folder / "example"
    place.mkdir()
    definition = {
        "name": "example",
        "title": "Example",
        "summary": "Shows one thing.",
        "settings": {"country": {"type": "string"}},
        "events": {"track": "only"},
        "requests": {"only": {"body": {"JSON": "main"}}},
        "mappings": mappings if isinstance(mappings, dict) else {"main": mappings},
    }
    place.joinpath("destination.yaml").write_text(yaml.safe_dump(definition), "utf-8")
    compiled = compile_definition(read_definition(place))
    return Mapper(Program(compiled.name, compiled.code, compiled.mappers), {"country": "DE"})


@pytest.mark.parametrize(("title", "entries", "event", "kind", "result"), EXAMPLES, ids=[example[0] for example in EXAMPLES])
def test_an_example_does_what_the_page_says(title, entries, event, kind, result, tmp_path):
    mapper = mapper_of(yaml.safe_load(entries), tmp_path)
    given = json.loads(event) | {"type": "track"}
    if kind == "error":
        with pytest.raises(MappingError, match=f"^{re.escape(result.strip())}$"):
            mapper.requests(given)
        return
    (made,) = mapper.requests(given)
    assert made["body"]["JSON"] | {"type": "track"} == json.loads(result) | {"type": "track"}


def test_every_section_of_an_entry_has_an_example():
    titles = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)
    assert titles == [example[0] for example in EXAMPLES]


@pytest.mark.parametrize("keyword", [*ENTRY_KEYWORDS, *KEYWORDS, *REQUEST_KEYWORDS])
def test_every_keyword_is_on_the_page(keyword):
    assert re.search(rf"\b{keyword}\b", PAGE)


def test_the_page_has_every_field(holds_table, render):
    rows = [[f"`${name}`", ", ".join(f"`{path}`" for path in paths)] for name, paths in FIELDS.items()]
    holds_table("docs/MAPPINGS.md", "fields", render(["field", "its places"], rows))


def test_the_page_has_every_conversion(holds_table, render):
    rows = [[f"`{name}`", one.takes, one.gives, one.summary] for name, one in CONVERSIONS.items()]
    holds_table("docs/MAPPINGS.md", "conversions", render(["conversion", "takes", "gives", "what"], rows))


def test_the_page_has_every_function(holds_table, render):
    rows = [[f"`{name}(x)`", told] for name, told in FUNCTIONS.items()]
    holds_table("docs/MAPPINGS.md", "functions", render(["function", "true, or what it gives"], rows))
