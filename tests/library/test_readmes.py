"""The examples in the READMEs of transforms are true: what they say goes in, and what they say comes out."""

import json
import re

import pytest
import yaml

from transformer.cases.recorded import recorded_from
from transformer.fixtures import Fixtures
from transformer.library import shelf
from transformer.library.steps import step_of
from transformer.pool import Batch, Plan

RECORDED = {
    "currency_normalize": {"tables": {"rates": [{"currency": "USD", "rate": 0.9}, {"currency": "EUR", "rate": 1}]}},
    "geoip": {
        "calls": [
            {
                "geolocation": "81.2.69.142",
                "answer": {
                    "city": "London",
                    "country": "GB",
                    "country_name": "United Kingdom",
                    "timezone": "Europe/London",
                },
            }
        ]
    },
    "http_enrich": {"calls": [{"fetch": "https://api.example.com/users/u%201", "answer": {"body": {"plan": {"name": "Pro"}}}}]},
    "lookup_join": {"tables": {"plans": [{"plan_id": 42, "name": "Pro", "seats": 10}]}},
    "verify_hmac": {"secrets": {"IDENTITY_KEY": "key"}},
}
EXAMPLE = re.compile(r"```json\n(.*?)```", re.DOTALL)


def examples():
    """Of each transform that has a section of that name; pii and drop_fields show theirs otherwise."""
    for name in shelf.names():
        _, found, text = shelf.find(name).readme.partition("## Example")
        if found:
            yield pytest.param(name, text, id=name)


def parameters_of(text):
    head = text.partition("```json")[0]
    given = {}
    for words in re.findall(r"`([^`]*)`", head) if "defaults" not in head else ():
        given |= yaml.safe_load(words)
    return given


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "text"), list(examples()))
async def test_examples_are_true(pool, name, text):
    shown = [json.loads(block) for block in EXAMPLE.findall(text)]
    events = shown[0] if isinstance(shown[0], list) else [shown[0]]
    told = shown[1] if len(shown) > 1 else {"dropped": re.search("“(.*)”", text)[1]}
    step = step_of(name, json.dumps(parameters_of(text)), "README")
    fixtures = Fixtures(recorded_from(RECORDED.get(name.split("/")[1], {}), "README", ""))
    plan = Plan("offline", (step,), pool.settings.limits)
    batch = Batch([json.dumps(event).encode() for event in events])
    ledger = await pool.run(fixtures.apart(plan), batch, broker=fixtures.broker, tables=fixtures)
    assert not ledger.failures
    wanted = told if isinstance(told, list) else [told]
    assert [json.loads(output) for output in ledger.payloads] == [each for each in wanted if "dropped" not in each]
    reasons = [each["dropped"] for each in wanted if "dropped" in each]
    assert len(reasons) == len(ledger.reasons)
    assert all(said in (True, reason) for said, (_, reason) in zip(reasons, sorted(ledger.reasons.items()), strict=True))
