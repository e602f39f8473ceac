"""Secrets are found again in what code says, in whatever form they come back."""

import base64
import json
from urllib.parse import quote

import pytest

from transformer.broker.redaction import HIDDEN, Redactor
from transformer.broker.secrets import Secrets
from transformer.capabilities import Capabilities
from transformer.errors import Code, PlatformError
from transformer.outcome import Failure, Ledger, Status
from transformer.wire.calls import CallError

VALUE = 'c4n"ary/väl\nue+1'
PEM = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END KEY-----\n"


@pytest.fixture
def redactor():
    redactor = Redactor()
    redactor.note("acme", VALUE)
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        repr(VALUE),
        quote(VALUE, safe=""),
        base64.b64encode(VALUE.encode()).decode(),
        base64.urlsafe_b64encode(VALUE.encode()).decode(),
    ],
)
def test_every_usual_form_is_hidden(redactor, form):
    hidden = redactor.text("acme", f"before {form} after {form}")
    assert hidden.count(HIDDEN) == 2
    assert "ary" not in hidden
    assert hidden.startswith("before ")


def test_a_value_that_became_the_name_of_a_host_is_hidden(redactor):
    redactor.note("acme", "Sk-Live-0815")
    assert redactor.text("acme", "sk-live-0815.example is not declared") == f"{HIDDEN}.example is not declared"
    assert redactor.text("acme", "X-SK-LIVE-0815") == f"X-{HIDDEN}"


def test_only_in_its_own_workspace(redactor):
    assert redactor.text("umbrella", VALUE) == VALUE


def test_the_lines_of_a_key_are_hidden_one_by_one(redactor):
    redactor.note("acme", PEM)
    for line in PEM.splitlines():
        assert redactor.text("acme", f"> {line}") == f"> {HIDDEN}"


def test_a_text_that_was_cut_within_a_value(redactor):
    redactor.note("acme", "sk_live_0123456789")
    assert redactor.text("acme", "the key is sk_live_0123…") == f"the key is {HIDDEN}"
    assert redactor.text("acme", "the key is sk_l…") == "the key is sk_l…"  # in too many words


def test_of_two_that_begin_alike_none_is_left(redactor):
    redactor.note("acme", "abcdef")
    redactor.note("acme", "abcdefghi")
    assert redactor.text("acme", "abcdefghi abcdef") == f"{HIDDEN} {HIDDEN}"


def test_what_is_in_every_word_is_left(redactor):
    redactor.note("acme", "abc")
    assert redactor.text("acme", "abcabc") == "abcabc"


def test_payloads_stay_json(redactor):
    payload = json.dumps({"key": VALUE, "list": [f"x{VALUE}y"]}).encode()
    assert json.loads(redactor.payload("acme", payload)) == {"key": HIDDEN, "list": [f"x{HIDDEN}y"]}


def test_all_that_a_ledger_says_is_hidden_and_outputs_stay(redactor):
    ledger = Ledger(3)
    ledger.settle([0], [Status.EMITTED], [json.dumps({"k": VALUE}).encode()], [(0,)])
    ledger.settle([1], [Status.DROPPED], [], [])
    ledger.reasons[1] = f"because of {VALUE}"
    ledger.fail([2], Failure(Code.EXCEPTION, f"ValueError: {VALUE}"))
    ledger.logs[0] = ["plain", f"log {VALUE}"]
    redactor.ledger("acme", ledger)
    assert ledger.failures[2].message == f"ValueError: {HIDDEN}"
    assert ledger.reasons[1] == f"because of {HIDDEN}"
    assert ledger.logs[0] == ["plain", f"log {HIDDEN}"]
    assert json.loads(ledger.payloads[0]) == {"k": VALUE}


class Source:
    def __init__(self, **values):
        self.values = values

    async def value(self, workspace, secret):
        if secret == "GONE":
            raise PlatformError(Code.REGISTRY_UNAVAILABLE, "The registry is away.")
        return self.values.get(f"{workspace}_{secret}")


def test_a_value_in_the_arguments_of_a_call_is_found(redactor):
    assert redactor.holds("acme", {"op": "set", "items": {"k": {"deep": [f"x{VALUE}"]}}})
    assert redactor.holds("acme", {"body": VALUE.encode()})
    assert not redactor.holds("acme", {"op": "set", "items": {"k": "other"}, "body": b"\xff"})
    assert not redactor.holds("umbrella", {"k": VALUE})


async def test_a_declared_secret_is_handed_out_and_known_from_then_on():
    redactor = Redactor()
    secrets = Secrets(Source(acme_KEY="canary-value"), redactor)
    grants = Capabilities(secrets=("KEY", "NONE", "GONE"))
    assert await secrets.handle("acme", grants, {"key": "KEY"}) == "canary-value"
    assert redactor.text("acme", "canary-value") == HIDDEN
    assert await secrets.handle("acme", grants, {"key": "NONE"}) is None
    with pytest.raises(CallError) as caught:
        await secrets.handle("acme", grants, {"key": "GONE"})
    assert caught.value.kind == "unavailable"


@pytest.mark.parametrize(
    ("key", "kind"), [("OTHER", "refused"), ("", "refused"), (None, "invalid"), (1, "invalid"), ([], "invalid")]
)
async def test_nothing_else_is(key, kind):
    secrets = Secrets(Source(acme_OTHER="canary-value"), Redactor())
    with pytest.raises(CallError) as caught:
        await secrets.handle("acme", Capabilities(secrets=("KEY",)), {"key": key})
    assert caught.value.kind == kind
    assert "canary" not in caught.value.message
