"""Cases of user transformations, asked over HTTP of a server whose environment is what the case says, as a data plane asks.

Around it stand, on loopback, a config backend, a geolocation service and the servers that the code talks to. Cases that want the
same environment share a server, one after the other.
"""

import asyncio
import json
import logging
import re
import tempfile
from base64 import b64encode
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
import structlog

from tests.conformance.asserting import Seen, first_failure
from tests.conformance.upstreams import DOUBLE, double, serving
from tests.conformance.user_cases import cases_of, fault, left_out
from tests.conformance.vectors import difference
from tests.gateway.config_backend import ConfigBackend
from tests.gateway.plane import Plane, settings_of
from transformer.gateway import open_gateway
from transformer.service import Server
from transformer.settings_rudder import read_rudder

RETRIES = 2
FEATURES = {"X-Feature-Gzip-Support": "?1", "X-Feature-Filter-Code": "?1"}
QUIET = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)).bind()
IN_LIBRARY = re.compile(r" \(in \w+, line \d+\)$")
# Ours does not tell code which address a name has.
SAID = {"cannot use 127.0.0.1 as IP address for": "cannot use a non-public IP address for"}


def results_of(folder, language):
    """What a report says of a language's cases: place, title, the first difference, and whether it is the case that is at fault.

    Raises VectorError.
    """
    cases = cases_of(folder, language)
    tried = [case for case in cases if not left_out(case)]
    found = dict(zip((case.place for case in tried), asyncio.run(differences(tried)), strict=True))
    results = []
    for case in cases:
        reason = left_out(case) or fault(case)
        told = found.get(case.place, "not tried")
        results.append(
            {
                "kind": "user transformation",
                "name": language,
                "vector": case.place,
                "title": case.title,
                "exact": case.exact,
                "difference": f"{told} ({reason})" if told and reason else told,
            }
        )
    return results


async def differences(cases):
    """The first difference of each case, "" where there is none."""
    found = {}
    by_environment = {}
    for case in cases:
        by_environment.setdefault(case.environment, []).append(case)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for number, (environment, several) in enumerate(by_environment.items()):
            try:
                async with _Bench(*json.loads(environment), folder / str(number)) as bench:
                    for case in several:
                        try:
                            found[case.place] = await bench.difference(case)
                        except Exception as wrong:  # noqa: BLE001 - a report goes on
                            found[case.place] = f"raised {type(wrong).__name__}: {wrong}"
            except Exception as wrong:  # noqa: BLE001 - as above
                found |= {case.place: f"no server: {type(wrong).__name__}: {wrong}" for case in several}
    return [found[case.place] for case in cases]


class _Backend(ConfigBackend):
    """Lets in who has one of the `accepted` secrets, everybody where that is None, and keeps what it answered."""

    def __init__(self):
        super().__init__()
        self.accepted = None
        self.answered = []

    def answer(self, path, headers):
        allowed = self.accepted is None or headers.get("Authorization") in map(_basic, self.accepted)
        found = super().answer(path, headers) if allowed else (401, b"{}")
        small = {name.lower(): value for name, value in headers.items()}
        self.answered.append((urlsplit(path).path, small, self.redirect if isinstance(found, str) else found[0]))
        return found


def _basic(secret):
    return "Basic " + b64encode(f"{secret}:".encode()).decode()


class _Bench:
    """A server with all that stands around it."""

    def __init__(self, settings, geolocation, folder):
        self._settings = settings
        self._geolocation = geolocation
        self._folder = folder
        self._stack = AsyncExitStack()
        self._redirects_to = None
        self._upstreams = {}

    async def __aenter__(self):
        self._folder.mkdir()
        self.backend = self._stack.enter_context(_Backend())
        env = {"CONFIG_BACKEND_URL": self.backend.url}
        self.geo = {}
        for told in self._geolocation:
            self.geo[told["id"]] = geo = await self._stack.enter_async_context(serving(told))
            env["GEOLOCATION_URL"] = geo.url
        own = {name: value for name, (value, variable) in read_rudder(env).items() if variable}
        settings = settings_of(self._folder, **{**self._settings, **own})
        self.server = await self._stack.enter_async_context(Server(settings, log=QUIET, doors=open_gateway(settings)))
        self.plane = Plane(self.server.doors[0].address)
        return self

    async def __aexit__(self, *_):
        await self._stack.aclose()

    async def difference(self, case):
        if case.language == "javascript":
            async with double() as port:
                return await self._javascript(json.loads(json.dumps(case.told).replace(f"//{DOUBLE}/", f"//{DOUBLE}:{port}/")))
        self._redirects_to = await self._serving({"id": "", "kind": "static_json", "body": {"code": case.told["code"]}})
        servers = [told for told in case.told["needs"].get("servers", ()) if "env" not in told]
        upstreams = {told["id"]: await self._serving(told) for told in servers} | self.geo
        for upstream in (*upstreams.values(), self._redirects_to):
            upstream.forget()
        return await self._python(case.told, upstreams)

    async def _serving(self, told):
        """The same server for cases that describe it alike: several have one version id, so that their code must be one."""
        key = json.dumps(told, sort_keys=True)
        if key not in self._upstreams:
            self._upstreams[key] = await self._stack.enter_async_context(serving(told))
        return self._upstreams[key]

    # ------------------------------------------------------------------------------------------------------------------ python

    async def _python(self, told, servers):
        self._publish(told, servers)
        self.backend.answered.clear()
        seen = Seen(servers=servers, metric=await self._metrics())
        steps = told.get("steps") or [{}]
        for step in steps:
            if step.keys() <= {"asserts"} and told.get("steps"):
                seen.metric = await self._metrics()
                self._look(seen)
                if wrong := first_failure(step.get("asserts", ()), seen):
                    return wrong
                continue
            if "config_backend" in step:  # it was repaired, or broke
                self._publish({**told, **step}, servers)
            together = [{**told, **each} for each in step.get("parallel", [step])]
            answers = await asyncio.gather(*(self._ask(each) for each in together))
            for each, answer in zip(together, answers, strict=True):
                if wrong := await self._settled(each, seen, answer, [*step.get("asserts", ())] if each is together[-1] else []):
                    return wrong
                own = each.get("asserts") if "parallel" in step else None
                if own and (wrong := first_failure(own, seen)):
                    return wrong
        seen.metric = await self._metrics()
        self._look(seen)
        rules = (told["expect"] or {}).get("asserts", ())
        return first_failure(rules, seen) or self._derived(told, seen)

    async def _settled(self, told, seen, answer, rules):
        seen.http = {"status": answer.status, "headers": answer.headers}
        seen.elapsed_s = answer.elapsed
        seen.body = _json(answer.body)
        seen.items = seen.body if isinstance(seen.body, list) else []
        seen.client, seen.client_items = answer.client, answer.client_items
        if told["endpoint"] == "/customTransform" and answer.status == 200 and answer.headers.get("apiversion") != "2":
            return "the header apiVersion is not 2"
        self._look(seen)
        return first_failure(rules, seen)

    def _look(self, seen):
        """What the config backend was asked so far."""
        seen.asked = list(self.backend.answered)
        seen.redirect_target = self._redirects_to

    def _publish(self, told, servers):
        def placed(code):
            for name, server in servers.items():
                code = code.replace(f"{{{{server:{name}}}}}", server.url).replace(f"{{{{port:{name}}}}}", str(server.port))
            return code

        backend, asked = self.backend, told["config_backend"]
        backend.failures.clear()
        hosted = isinstance(asked, dict) and asked.get("mode") == "hosted_secret"
        backend.accepted = asked["secrets"] if hosted else None
        codes = asked.get("codes", {}) if isinstance(asked, dict) else {}
        for version, code in ({told["versionId"]: told["code"]} | codes).items():
            if code is not None and version:
                backend.code(version, placed(code), language=told["language"])
        for library in told["libraries"] or ():
            backend.library(library["versionId"], library["importName"], library["code"])
        if isinstance(asked, dict) and "transformation" in asked:
            answer = asked["transformation"]
            backend.failures[told["versionId"]] = (answer["status"], answer["body"].encode())
        if isinstance(asked, dict) and "redirect" in asked:
            backend.redirect = asked["redirect"]
            backend.failures[told["versionId"]] = f"{self._redirects_to.url}/code"

    async def _ask(self, told):
        if told["endpoint"] != "/customTransform":
            return await _timed(self.plane.post(told["endpoint"], told["request"]))
        headers = FEATURES if told["via"] == "client" else {}
        items = _items(told)
        answer = await _timed(self.plane.post("/customTransform", items, **headers))
        if told["via"] == "client":
            await self._as_client(answer, items, headers)
        return answer

    async def _as_client(self, answer, items, headers):
        """What a client makes of it, that gives up after some tries."""
        retries, last = 0, answer
        while last.status == 503 and last.headers.get("x-rudder-should-retry", "").lower() == "true" and retries < RETRIES:
            retries += 1
            last = await _timed(self.plane.post("/customTransform", items, **headers))
        answer.client = {"http_retries": retries}
        if last.status == 200:
            answer.client_items = json.loads(last.body)
        else:
            told = f"transformer request failed: transformer returned status code: {last.status}"
            answer.client_items = [{"statusCode": 909, "error": told, "metadata": item["metadata"]} for item in items]

    def _derived(self, told, seen):
        """Where two services are compared: what the items must be, but for the texts of errors."""
        derived = told.get("derived_items")
        if not derived or told.get("steps") or any(own in told["code"] or "" for own in ("utcnow", "str(e)") if told["code"]):
            return ""
        expected, got = (
            sorted(
                json.dumps([item.get("statusCode"), item.get("output"), item.get("metadata")], sort_keys=True) for item in items
            )
            for items in (derived, seen.items)
        )
        return difference([json.loads(each) for each in expected], [json.loads(each) for each in got])

    async def _metrics(self):
        """metric(name, labels), as a scrape has it now."""
        address = self.server.observation.address
        async with aiohttp.ClientSession() as session, session.get(f"http://{address}/metrics") as answer:
            text = await answer.text()
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]

        def metric(name, labels):
            wanted = [f'{key}="{value}"' for key, value in labels.items()]
            found = (
                float(value) for told, value in lines if told.partition("{")[0] == name and all(each in told for each in wanted)
            )
            return sum(found)

        return metric

    # -------------------------------------------------------------------------------------------------------------- javascript

    async def _javascript(self, told):
        backend, code = self.backend, told["transformation"]
        version = code.get("versionId") or "unsaved"
        version = f"{version}-{told['id']}"
        libraries = []
        for name, library in (told["libraries"] or {}).items():
            libraries.append(f"{name}-{told['id']}")
            known = {key: library[key] for key in ("handleName", "importName") if key in library}
            backend.libraries[libraries[-1]] = {
                "versionId": libraries[-1],
                "name": library["name"],
                **known,
                "code": library["code"],
            }
        for name, library in (told["rudderLibraries"] or {}).items():
            backend.rudder_libraries[tuple(name.split("/")[1:])] = {"importName": name, "code": library["code"]}
        backend.code(version, code["code"], codeVersion=told["codeVersion"])
        if told["testMode"]:
            return await self._tried(told, libraries)
        destination = {"Transformations": [{"VersionID": version}]}
        items = [
            {
                **{key: value for key, value in item.items() if key in {"message", "metadata", "credentials"}},
                "destination": destination,
                "libraries": [{"VersionID": library} for library in libraries],
            }
            for item in (each if "message" in each else {"message": each} for each in told["input"])
        ]
        answer = await self.plane.post("/customTransform", items)
        if answer.status != 200 or answer.headers.get("apiversion") != "2":
            return f"{answer.status} {answer.body[:300]!r}"
        got = [_line(item.get("error")) if "error" in item else item.get("output") for item in json.loads(answer.body)]
        if told["handler_error"]:
            statuses = [item["statusCode"] for item in json.loads(answer.body)]
            return "" if statuses == [400] * len(items) else f"statuses {statuses}"
        return _compared(told, got, len(items))

    async def _tried(self, told, libraries):
        code = told["transformation"]
        events = [item if "message" in item else {"message": item} for item in told["input"]]
        body = {
            "events": [{key: value for key, value in item.items() if key in {"message", "metadata"}} for item in events],
            "trRevCode": {**code, "codeVersion": told["codeVersion"], "language": "javascript"},
            "libraryVersionIDs": libraries,
            "credentials": [one for item in told["input"] for one in item.get("credentials") or ()],
        }
        answer = await self.plane.post("/transformation/test", body)
        if told["handler_error"]:
            return "" if answer.status == 400 or all("error" in one for one in answer.json["transformedEvents"]) else "no error"
        if answer.status != 200:
            return f"{answer.status} {answer.body[:300]!r}"
        got = [_line(event["error"]) if set(event) == {"error"} else event for event in answer.json["transformedEvents"]]
        return _compared(told, got, len(events)) or difference(told["handler_output"]["logs"], answer.json["logs"], "$.logs")


def _compared(told, got, events):
    output = told["handler_output"]
    items = output["transformedEvents"] if isinstance(output, dict) else output
    wanted = [_line(item["error"]) if "error" in item else item.get("transformedEvent", item) for item in items]
    text = json.dumps(wanted)
    for theirs, ours in SAID.items():
        text = text.replace(theirs, ours)
    wanted = json.loads(text)
    for place, (theirs, ours) in enumerate(zip(wanted, got, strict=False)):
        if _was_thrown(theirs) and isinstance(ours, dict) and isinstance(ours.get("message"), str):
            wanted[place] = ours  # what was thrown was the recording's own: its words and its stack are nobody's contract
    if len(wanted) == 1 and isinstance(wanted[0], str):
        wanted *= (
            events  # a batch function that throws is one item there; here each of its events has its own, in the same words
        )
    return difference(wanted, got)


def _was_thrown(output):
    return isinstance(output, dict) and "node_modules" in str(output.get("stack"))


def _line(error):
    return IN_LIBRARY.sub("", error.partition("\n")[0])


def _items(told):
    credentials = told["credentials"]
    per_event = credentials["per_event"] if isinstance(credentials, dict) else None
    libraries = [{"VersionID": library["versionId"]} for library in told["libraries"] or ()]
    items = []
    for index, (event, metadata) in enumerate(zip(told["events"], told["metadata"], strict=True)):
        item = {"message": event, "metadata": metadata, "destination": {"Transformations": [{"VersionID": told["versionId"]}]}}
        own = per_event[index] if per_event else credentials
        items.append(item | ({"libraries": libraries} if libraries else {}) | ({"credentials": own} if own else {}))
    return items


class _Answer:
    def __init__(self, answered, elapsed):
        self.status, self.headers, self.body = answered.status, answered.headers, answered.body
        self.elapsed = elapsed
        self.client, self.client_items = {}, []


async def _timed(asking):
    began = monotonic()
    answered = await asking
    return _Answer(answered, monotonic() - began)


def _json(body):
    try:
        return json.loads(body)
    except ValueError:
        return None
