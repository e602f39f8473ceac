"""What holds for every transform of the library, whatever it does."""

import re

import pytest

from transformer.library import shelf
from transformer.library.cases import cases_of
from transformer.library.manifest import load_manifest
from transformer.library.parameters import ParametersError, filled
from transformer.library.pins import pinned
from transformer.library.released import FILE, content, released
from transformer.library.released import main as release
from transformer.library.skeleton import SkeletonError, write_skeleton
from transformer.manifest import ManifestError

NAMES = shelf.names()
FEWEST_CASES = 6


@pytest.fixture
def transform(request):
    return shelf.find(request.param)


@pytest.mark.parametrize("transform", NAMES, indirect=True)
def test_has_texts_and_cases(transform):
    assert transform.readme.startswith(f"# {transform.manifest.name}\n")
    if transform.entry_point:
        assert len(cases_of(transform)) >= FEWEST_CASES
    assert bool(transform.entry_point) is (transform.manifest.group != "functions")
    assert transform.manifest.licence == "Apache-2.0"


@pytest.mark.parametrize("transform", NAMES, indirect=True)
def test_defaults_fit_their_own_schema(transform):
    schema = transform.manifest.parameters
    if not schema.get("required"):
        assert [one for one in _sentences(transform, {}) if "must have" not in one] == []
    for name, each in schema["properties"].items():
        if "default" in each:
            wrong = _sentences(transform, {name: each["default"]})
            assert not [one for one in wrong if one.startswith(f"parameters.{name}")], wrong


def _sentences(transform, given):
    try:
        filled(transform, given)
    except ParametersError as wrong:
        return wrong.sentences
    return ()


def test_wrong_parameters_are_told_what_they_may_be():
    wrong = _sentences(shelf.find("library/pii/v1"), {"action": "s3cret", "fields": 5, "allow": "s3cret", "replacement": [5]})
    assert sorted(wrong) == [
        'parameters.action: must be one of "redact", "mask", "hash", "tokenize", "drop"',
        "parameters.allow: must be of type array",
        'parameters.fields: must be "auto", or must be of type array',
        "parameters.replacement: must be of type string",
    ]
    assert _sentences(shelf.find("library/hash_fields/v1"), {}) == ("parameters: must have secret or key or unkeyed",)


@pytest.mark.parametrize("transform", NAMES, indirect=True)
def test_exports_are_defined_in_every_language(transform):
    for engine, source in transform.sources.items():
        for name in transform.manifest.exports:
            defined = rf"(?m)^(?:export )?(?:async )?(?:def|function\*?|class|const|let) {re.escape(name)}\b|^{re.escape(name)} *[:=]|^from .* import .*\b{re.escape(name)}\b|^export \{{[^}}]*\b{re.escape(name)}\b"
            assert re.search(defined, source), f"{transform.reference} in {engine} does not define {name}"


def test_no_transform_imports_itself_by_any_way():
    for name in NAMES:
        for engine in shelf.find(name).sources:
            code = f"import {name.replace('/', '.')}" if engine == "python" else f'import "@{name}"'
            assert any(library.name == name and library.direct for library in pinned(engine, code))


def test_what_was_released_has_not_changed():
    kept = released(FILE)
    assert {name: content(shelf.find(name)) for name in kept} == dict(kept)


class TestManifest:
    GOOD = (
        "name: x\nversion: 1\ngroup: shape\nsummary: Does x.\nengines: [python]\nauthor: a\nlicence: Apache-2.0\n"
        "parameters:\n  properties:\n    n: {type: integer, description: How many., default: 1}\n"
    )

    def read(self, tmp_path, text):
        path = tmp_path / "manifest.yaml"
        path.write_text(text)
        return load_manifest(path)

    def test_what_is_left_out_has_defaults(self, tmp_path):
        made = self.read(tmp_path, self.GOOD)
        assert (made.reference, made.event_types, made.exports, made.natives) == ("library/x/v1", (), (), ())
        assert made.parameters["additionalProperties"] is False

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("group: shape", "group: odd", "group: must be one of privacy, filtering"),
            ("Does x.", "Does x", "summary: must be one sentence"),
            ("version: 1", "version: v1", "version: must be a number"),
            ("author: a", "autor: a", "author: must be a line of text"),
            ("engines: [python]", "engines: [perl]", "engines: must be a list of python, javascript"),
            ("author: a", "author: a\nnatifs: []", "natifs: is not a known key; known: name, version"),
            (", default: 1", "", "parameters.properties.n: must have a default, unless it is required"),
            ("description: How many., ", "", "parameters.properties.n: must have a description"),
            ("name: x", "name: X", "name: must be lower-case words joined by _"),
        ],
    )
    def test_a_slip_is_told_with_its_key(self, tmp_path, old, new, told):
        with pytest.raises(ManifestError) as caught:
            self.read(tmp_path, self.GOOD.replace(old, new))
        assert told in str(caught.value)


def test_a_new_transform_is_whole_and_stands_for_itself(tmp_path):
    made = write_skeleton(tmp_path, "my_own")
    transform = shelf.open_transform(made)
    assert set(transform.sources) == {"python", "javascript"}
    assert next(case.name for case in cases_of(transform)) == "marks an event"
    with pytest.raises(SkeletonError, match="is there already"):
        write_skeleton(tmp_path, "my_own")
    with pytest.raises(SkeletonError, match="no name"):
        write_skeleton(tmp_path, "My-Own")


def test_what_was_released_is_told_apart_from_what_is_new(tmp_path, monkeypatch, capsys):
    made = shelf.try_out(write_skeleton(tmp_path, "released_once"))
    file = tmp_path / "released.json"
    file.write_text("{}")
    monkeypatch.setattr("transformer.library.released.FILE", file)
    try:
        assert release([made.reference]) == 0
        assert released(file) == {made.reference: content(made)}
        made.folder.joinpath("README.md").write_text("# released_once\n\nBetter words.\n")
        assert release([made.reference]) == 0
        made.folder.joinpath("transform.py").write_text("def transformEvent(event, metadata):\n    return event\n")
        assert release([made.reference]) == 1
        assert "make it a new version" in capsys.readouterr().err
        assert release(["library/unknown/v1"]) == 2
    finally:
        shelf.put_back(made.reference)
