"""The description of the gateway, its page, and a running gateway held against it."""

import asyncio
import re

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as given_with
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from transformer.access import Role
from transformer.access.roles import ROUTES
from transformer.gateway.description.openapi import ABOUT, describe

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

CODE = [
    "def transformEvent(event, metadata):\n    log(len(event))\n    return event\n",
    "import json\n\n\ndef transformBatch(events, metadata):\n    return events\n",
    "def transformEvent(event, metadata)\n",
]
DESTINATIONS = ["webhook", "ga4", "am", "nobody_knows_it"]
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def operations(described):
    return {
        f"{method.upper()} {path}": told for path, methods in described["paths"].items() for method, told in methods.items()
    }


async def test_every_route_is_described_and_nothing_else(plane):
    described = (await plane.ask("GET", "/openapi.json")).json
    assert sorted(operations(described)) == sorted(ROUTES)
    assert set(ABOUT) <= set(ROUTES)
    for name in set(ROUTES) - set(ABOUT):
        # What is not described is what is not served: without gateway_fallback_url there is nobody to pass it on to.
        method, path = name.split()
        answer = await plane.ask(method, re.sub(r"\{\w+\}", "v1", path), {})
        assert (answer.status, "gateway_fallback_url" in answer.json["error"]) == (404, True), name


async def test_the_description_says_who_may_ask(plane):
    told = operations((await plane.ask("GET", "/openapi.json")).json)
    for name, rule in ROUTES.items():
        assert bool(told[name]["security"]) == (rule.role is not None)
        assert (f"`{rule.role.text}`" in told[name]["description"]) if rule.role else ("description" not in told[name])
    assert {rule.role for rule in ROUTES.values()} == {None, Role.TRANSFORM, Role.AUTHOR}


async def test_the_description_is_one(plane):
    described = (await plane.ask("GET", "/openapi.json")).json
    assert described == describe(ROUTES[name] for name in operations(described))
    schemathesis.openapi.from_dict(described).validate()
    ids = [told["operationId"] for told in operations(described).values()]
    assert len(ids) == len(set(ids))


async def test_the_page_loads_nothing_from_elsewhere(plane):
    page = await plane.ask("GET", "/docs")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    text = page.body.decode()
    assert "//" not in text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    kinds = {}
    for path in loaded:
        answer = await plane.ask("GET", f"/{path}")
        assert (answer.status, bool(answer.body)) == (200, True), path
        kinds[path] = answer.headers["content-type"].partition(";")[0]
    assert kinds == {
        "docs/swagger-ui.css": "text/css",
        "docs/favicon.png": "image/png",
        "openapi.json": "application/json",
        "docs/swagger-ui-bundle.js": "text/javascript",
        "docs/start.js": "text/javascript",
    }
    start = (await plane.ask("GET", "/docs/start.js")).body
    assert b"validatorUrl: null" in start  # else the page would send the description to a service that judges it


@pytest.mark.parametrize(
    "name", ["other.js", "..", "%2e%2e%2f__init__.py", "..%2f..%2fcore.py", "", "a/b", "\u2028".encode().hex()]
)
async def test_the_page_loads_no_other_file(plane, name):
    assert (await plane.ask("GET", f"/docs/{name}")).status == 404


async def test_descriptions_are_public_where_keys_are_asked_for(tmp_path):
    described = describe(ROUTES.values())
    for name in ("GET /openapi.json", "GET /docs", "GET /docs/{asset}"):
        assert operations(described)[name]["security"] == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def schema(plane):
    """The description as schemathesis reads it, of destinations and code that there are: random ones are only refused."""
    described = (await plane.ask("GET", "/openapi.json")).json
    for parameter in operations(described)["POST /{version}/destinations/{destination}"]["parameters"]:
        if parameter["in"] == "path":
            parameter["schema"] = {"enum": ["v0"] if parameter["name"] == "version" else DESTINATIONS}
    components = {name: told["properties"] for name, told in described["components"]["schemas"].items()}
    components["Jobs"]["destType"] = {"enum": [name.upper() for name in DESTINATIONS]}
    for name in ("Revision", "LibraryToTest", "CodeToRead"):
        components[name] |= {"code": {"enum": CODE}, "language": {"const": "python"}}
    for name, field in (("CodeToTest", "libraryVersionIDs"), ("Dependencies", "libraries")):
        components[name][field] = {"type": "array", "maxItems": 0}
    read = schemathesis.openapi.from_dict(described)
    read.config.update(base_url=plane.url, request_timeout=50)
    return read


def held_against(operation, count):
    """Ask what the description allows, and look at every answer."""

    @given(case=operation.as_strategy())
    @given_with(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case):
        case.call_and_validate(checks=CHECKS)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(ABOUT)))
async def test_a_running_gateway_is_as_described(schema, name):
    method, path = name.split()
    await asyncio.to_thread(held_against, schema[path][method], 1 if method == "GET" else 8)
