"""Documents of a config backend become steps."""

import pytest

from transformer.broker.redaction import HIDDEN, Redactor
from transformer.gateway.code.sources import Document
from transformer.gateway.code.steps import (
    CodeRefusedError,
    language_of,
    note_secrets,
    read_credentials,
    refuse_large,
    rudder_documents,
    step_of,
)
from transformer.limits import Limits

PYTHON = "def transformEvent(event, metadata):\n    return event\n"
JAVASCRIPT = "export function transformEvent(event) {\n  return event;\n}\n"


def document(code, version_id="v", **more):
    return Document(version_id, code, **more)


@pytest.mark.parametrize(
    ("said", "engine"),
    [
        ("python", "python"),
        ("pythonfaas", "python"),
        ("PythonWithLibs", "python"),
        ("javascript", "javascript"),
        (" JavaScript ", "javascript"),
    ],
)
@pytest.mark.parametrize("code", [PYTHON, JAVASCRIPT])
def test_a_document_says_its_language(said, engine, code):
    assert language_of(document(code, language=said)) == engine
    assert language_of(document(code), said) == engine
    assert step_of(document(code, language=said)).engine == engine


@pytest.mark.parametrize(
    ("code", "engine"),
    [
        (PYTHON, "python"),
        (JAVASCRIPT, "javascript"),
        ("def transformEvent(event, metadata)\n    return event", "python"),
        ("import json\nfrom helpers import x\nclass A:\n    pass\n", "python"),
        ("import { x } from 'helpers';\nexport const transformEvent = (event) => event;", "javascript"),
        ("function transform(events) {\n  return events\n}", "javascript"),
        ("# export\nasync def transformBatch(events, metadata):\n    return events\n", "python"),
        ("", "javascript"),
        ("\x00\ud800 nothing that anybody knows", "javascript"),
    ],
)
def test_a_document_that_says_nothing_has_the_language_that_it_looks_like(code, engine):
    assert language_of(document(code)) == engine


def test_a_language_that_there_is_not_is_refused():
    with pytest.raises(CodeRefusedError, match="there is no language 'cobol'"):
        step_of(document(PYTHON, language="cobol"))


def test_libraries_are_found_by_each_of_their_names():
    library = document("export const one = 1;", "l", name="my own Lib", handle="theHandle", import_name="imported")
    for name in ("myOwnLib", "theHandle", "imported"):
        (found,) = step_of(document(f"import {{ one }} from '{name}';{JAVASCRIPT}"), [library]).libraries
        assert (found.name, found.direct) == (name, True)
    assert step_of(document(JAVASCRIPT), [library]).libraries == ()


def test_libraries_come_with_what_they_import_whatever_their_order():
    libraries = [
        document("import libb\nimport libc\ndef f(x):\n    return libb.double(x)\n", import_name="liba"),
        document("import liba\nimport libc\ndef double(x):\n    return 2 * x\n", import_name="libb"),  # and back again
        document("x = 1\n", import_name="libc"),
        document("export const y = 1;\n", import_name="libd", language="javascript"),
    ]
    code = document("import liba\nimport libd\n" + PYTHON)
    for order in (libraries, libraries[::-1]):
        found = {one.name: one for one in step_of(code, order).libraries}
        assert {name: one.direct for name, one in found.items()} == {"liba": True, "libb": False, "libc": False}
        assert set(found["liba"].imports) == {"libb", "libc"}
        assert set(found["libb"].imports) == {"libc"}


def test_of_two_libraries_of_one_name_the_last_is_it():
    libraries = [document(f"x = {n}\n", f"l{n}", import_name="lib") for n in range(2)]
    (found,) = step_of(document("import lib\n" + PYTHON), libraries).libraries
    assert found.source == "x = 1\n"


class Rudder:
    """A source of @rs libraries."""

    def __init__(self, **codes):
        self.codes = codes
        self.asked = []

    async def rudder_library(self, name, version):
        self.asked.append(name)
        return document(self.codes[name], import_name=f"@rs/{name}/{version}")


async def test_libraries_of_rudderstack_are_fetched_once_with_what_they_import():
    source = Rudder(urlParser="import { a } from '@rs/base/v2';\nexport const b = a;", base="export const a = 1;")
    code = document("import { b } from '@rs/urlParser/v1';\nimport * as c from \"@rs/urlParser/v1\";" + JAVASCRIPT)
    found = await rudder_documents(source, [code])
    assert source.asked == ["urlParser", "base"]
    libraries = {one.name: one for one in step_of(code, [], found).libraries}
    assert {name: one.direct for name, one in libraries.items()} == {"@rs/urlParser/v1": True, "@rs/base/v2": False}


async def test_what_only_looks_like_a_library_of_rudderstack_is_none():
    assert await rudder_documents(Rudder(), [document("'@rs/a-b/v1' '@rs/a/v1234' '@rs/a' \"@rs/../v1\"")]) == {}


def test_such_code_may_go_wherever_the_operator_lets_it():
    capabilities = step_of(document(JAVASCRIPT)).capabilities
    assert capabilities.allows_host("a.example", 443)
    assert capabilities.allows_host("10.0.0.1", 8443)
    assert capabilities.geolocation
    assert capabilities.legacy_fetch
    assert capabilities.kv is None
    assert not capabilities.tables
    assert not step_of(document(PYTHON)).capabilities.legacy_fetch
    assert not step_of(document(PYTHON), mirrored=True).capabilities.hosts


def test_steps_differ_where_their_code_or_its_libraries_do():
    library = document("x = 1\n", import_name="lib")
    code = "import lib\n" + PYTHON
    keys = {
        step_of(document(code), [library]).key,
        step_of(document(code), [document("x = 2\n", import_name="lib")]).key,
        step_of(document(code + "\n"), [library]).key,
        step_of(document(code, "other"), [library]).key,
    }
    assert len(keys) == 4
    assert step_of(document(code), [library]).key == step_of(document(code), [library, document("y", import_name="z")]).key


@pytest.mark.parametrize("version", ["3", "a/b", "x" * 500, "\u00e9 \n", ""])
def test_a_step_is_called_as_a_version_of_ours_would_be(version):
    name = step_of(document(PYTHON, version), workspace="shop").name
    assert name.startswith("workspaces/shop/transformations/")
    assert len(name.split("/")) == 6
    assert not name.split("/")[-1].isdecimal()


def test_code_that_is_too_large_is_refused():
    limits = Limits(code_bytes=1024)
    refuse_large(step_of(document(PYTHON)), limits)
    with pytest.raises(CodeRefusedError, match="limit is 1024"):
        refuse_large(step_of(document(PYTHON + "#" * 1024)), limits)
    with pytest.raises(CodeRefusedError, match="libraries"):
        refuse_large(step_of(document("import lib\n" + PYTHON), [document("#" * 5000, import_name="lib")]), limits)


def test_credentials_are_a_list_of_keys_and_values():
    raw = b'[{"id":"1","key":"a","value":"x","isSecret":false},{"key":"a","value":"y"},{"key":"","value":""},{"key":"n"}]'
    assert read_credentials(raw) == {"a": "y", "": "", "n": None}


@pytest.mark.parametrize("raw", [b"", b"null", b"{}", b"7", b'[7, {}, {"key": 7, "value": 1}, null]', b'[{"key"', b"[" * 5000])
def test_what_is_no_list_of_credentials_is_none(raw):
    assert read_credentials(raw) == {}
    note_secrets(Redactor(), "w", raw)


def test_secret_values_are_hidden_in_what_is_told():
    redactor = Redactor()
    note_secrets(redactor, "w", b'[{"key":"a","value":"hush-hush","isSecret":true},{"key":"b","value":"public-value"}]')
    assert redactor.text("w", "hush-hush and public-value") == f"{HIDDEN} and public-value"
