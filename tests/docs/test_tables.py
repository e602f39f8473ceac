"""The reference tables of the README say what the code says: error codes, settings, commands, what user code may import."""

import re
from pathlib import Path

from google.rpc import code_pb2

from transformer.errors import Code
from transformer.limits import Limits
from transformer.settings import ENVIRONMENT_PREFIX, Settings
from transformer.wire.status import GRPC_CODES

ROOT = Path(__file__).resolve().parents[2]
BY_MACHINE = {"workspace_workers": "cores, at least 2", "concurrent_turns": "2 × cores"}


def proto_sentences():
    """What proto/ says about each code: the comment above it."""
    text = (ROOT / "proto/transformer/v1/transform.proto").read_text(encoding="utf-8")
    body = text[text.index("enum ErrorCode {") :]
    return {
        name: " ".join(words.replace("//", " ").split())
        for words, name in re.findall(r"((?:^ +//[^\n]*\n)+) +ERROR_CODE_(\w+) = ", body, re.MULTILINE)
    }


def test_the_codes_are_in_the_readme(holds_table, render):
    said = proto_sentences()
    rows = [
        [f"`{code.text}`", f"`{code.name}`", said[code.name], "yes" if code.retryable else "no", status_name(code)]
        for code in Code
    ]
    holds_table("README.md", "codes", render(["code", "name", "what it means", "retryable", "gRPC status"], rows))


def status_name(code):
    """Codes below 400 are outcomes inside an OK answer; the others end the call."""
    return "" if code.value < 400 else f"`{code_pb2.Code.Name(GRPC_CODES[code])}`"


def test_the_settings_are_in_the_readme(holds_table, render):
    rows = []
    for name, field in Settings.model_fields.items():
        default = BY_MACHINE.get(name) or f"`{field.default}`"
        rows.append([f"`{name}`", default, field.description or ""])
    holds_table("README.md", "settings", render(["setting", "default", "what it does"], rows))


def test_every_limit_is_a_setting():
    assert set(Limits.__dataclass_fields__) <= set(Settings.model_fields)


def test_the_readme_names_the_environment_prefix():
    assert f"`{ENVIRONMENT_PREFIX}" in (ROOT / "README.md").read_text(encoding="utf-8")
