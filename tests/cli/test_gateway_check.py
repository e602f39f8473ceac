"""`transformer gateway check`: what a data plane runs today, from its configuration, from a file of it, or from a folder of code."""

import json

import pytest

from tests.gateway.config_backend import ConfigBackend

pytestmark = [pytest.mark.need("landlock"), pytest.mark.need("seccomp")]

TOKEN = "workspace-token"
SECRETS = ("s3cr3t", "k3y-0f-amplitude", TOKEN, "4711471147")
GOOD = "export function transformEvent(event, metadata) { return event; }"
NETWORK = """
import { tidy } from "tidy";
export async function transformEvent(event) {
  event.x = await fetch("https://api.example.com/v1?user=" + event.userId);
  await fetchV2("http://10.0.0.5/internal", {});
  event.key = getCredential("API_KEY");
  return tidy(event);
}
"""
BLOCKED = "import os\n\ndef transformEvent(event, metadata):\n    return os.environ\n"
PYTHON = "def transformEvent(event, metadata):\n    event['g'] = geolocation(event['context']['ip'])\n    return event\n"


class Backend(ConfigBackend):
    """A config backend that has a workspace's configuration, too."""

    config: object = None

    def answer(self, path, headers):
        if not path.startswith("/workspaceConfig"):
            return super().answer(path, headers)
        if not headers.get("Authorization", "").startswith("Basic "):
            return 401, b""
        return 200, self.config if isinstance(self.config, bytes) else json.dumps(self.config).encode()


def destination(name, kind, *versions, config=None, **more):
    definition = {"name": kind, "config": {"transformAtV1": "router"}}
    used = [{"versionId": version, "id": f"t-{version}", "language": "javascript"} for version in versions]
    told = {"id": f"d-{name}", "name": name, "enabled": True, "config": config or {}, "destinationDefinition": definition}
    return {**told, "transformations": used, **more}


def source(*destinations, **more):
    return {"id": "s", "workspaceId": "Ws-1", "destinations": list(destinations), **more}


WORKSPACE = {
    "workspaceId": "Ws-1",
    "libraries": [{"versionId": "lib-1"}],
    "sources": [
        source(
            destination(
                "Web hook", "WEBHOOK", "good", config={"webhookUrl": "https://example.com/in", "token": "s3cr3t-t0ken"}
            ),
            destination("Amplitude", "AM", "network", config={"apiKey": "k3y-0f-amplitude"}),
            destination("Gone", "AM", "nowhere", deleted=True),
            dgSourceTrackingPlanConfig={"trackingPlan": {"id": "tp", "version": 3}},
        ),
        source(destination("Files", "NOBODY_KNOWS_THIS", "blocked"), destination("Hook again", "WEBHOOK", "good")),
        source(destination("Stock", "SNOWFLAKE", "legacy")),
    ],
}


@pytest.fixture(scope="module")
def backend():
    with Backend() as made:
        made.config = WORKSPACE
        made.library("lib-1", "tidy", "export function tidy(event) { return event; }")
        broken = {"name": "Order", "rules": {"properties": {"a": {"type": "strin"}}}}
        made.plans["Ws-1", "tp", "3"] = {"rules": {"events": [broken, {"name": "Fine", "rules": {"type": "object"}}]}}
        made.code("good", GOOD)
        made.code("network", NETWORK)
        made.code("blocked", BLOCKED, language="pythonfaas")
        made.code("legacy", "function transform(events) { return events; }", codeVersion="0")
        yield made


@pytest.fixture
def url(backend):
    return backend.url.replace("://", f"://{TOKEN}:@")


def verdicts(told):
    return {one["version_id"]: one["verdict"] for one in told["transformations"]}


def test_a_workspace_is_told_part_by_part(cli, url):
    ended = cli("gateway", "check", url, "--json")
    assert ended.code == 1
    (told,) = ended.json()["workspaces"]
    assert (told["id"], told["sources"], len(told["trouble"])) == ("Ws-1", 3, 1)
    assert told["trouble"][0].startswith(
        "tracking plan tp, version 3: the schema of event 'Order' cannot be used: at /properties/a"
    )
    assert told["tracking_plans"] == [{"id": "tp", "version": "3"}]
    assert verdicts(told) == {"good": "unchanged", "network": "differs", "blocked": "refused", "legacy": "unchanged"}
    found = {one["version_id"]: one for one in told["transformations"]}
    assert found["good"]["destinations"] == ["Web hook", "Hook again"]
    assert found["network"]["needs"] == {
        "hosts": ["10.0.0.5:80", "api.example.com:443"],
        "credentials": ["API_KEY"],
        "geolocation": False,
        "made": [],
    }
    assert found["network"]["imports"] == ["tidy"]
    assert found["network"]["reasons"] == [
        "asks 10.0.0.5:80: private addresses are refused unless fetch_private names them",
    ]
    assert found["blocked"]["language"] == "python"
    assert found["blocked"]["reasons"][0].startswith("line 1: Import of 'os' is not allowed.")
    assert found["legacy"]["notes"][-1].startswith("codeVersion 0: ")
    kinds = {(one["name"], one["type"]): (one["mapped"], one["router"]) for one in told["destinations"]}
    assert kinds == {
        ("Web hook", "WEBHOOK"): (True, True),
        ("Hook again", "WEBHOOK"): (True, True),
        ("Amplitude", "AM"): (True, True),
        ("Files", "NOBODY_KNOWS_THIS"): (False, False),
        ("Stock", "SNOWFLAKE"): (True, False),
    }


def test_it_is_printed_as_tables_and_sentences(cli, url):
    ended = cli("gateway", "check", url)
    assert ended.code == 1
    assert ended.out[0].split() == ["transformation", "language", "verdict", "asks", "for", "destinations"]
    assert any(line.startswith("network network") and "differs" in line and "credential API_KEY" in line for line in ended.out)
    assert any(line.split() == ["NOBODY_KNOWS_THIS", "1", "no", "no"] for line in ended.out)
    assert "network network: asks 10.0.0.5:80: private addresses are refused unless fetch_private names them" in ended.out
    assert not [secret for secret in SECRETS if secret in "\n".join(ended.out + ended.err)]
    assert ended.err[-1].startswith("4 transformations (2 unchanged, 1 differs, 1 refused), 5 destinations (1 of a type that")


def test_no_setting_is_printed_and_code_that_nobody_has_is_unknown(cli, tmp_path):
    odd = {"apiKey": {"deep": ["s3cr3t-in-a-list"]}, "listId": "s3cr3t-list", "x": 4711471147}
    more = source(*(destination(kind, kind, config=odd) for kind in ("MAILJET", "WEBHOOK", "SNOWFLAKE", "GA4")))
    (tmp_path / "config.json").write_text(json.dumps({**WORKSPACE, "sources": [*WORKSPACE["sources"], more]}))
    ended = cli("gateway", "check", "config.json", "--json")
    (told,) = ended.json()["workspaces"]
    assert {one["type"]: bool(one["problems"]) for one in told["destinations"]}["MAILJET"]
    assert set(verdicts(told).values()) == {"unknown"}
    assert told["transformations"][0]["reasons"] == ["its code is in the config backend: name that with --config-backend-url"]
    whole = "\n".join(ended.out + ended.err)
    assert not [secret for secret in SECRETS if secret in whole]


def test_what_all_holds_ends_well(cli, backend, tmp_path):
    config = {"sources": [source(destination("Hook", "WEBHOOK", "good", config={"webhookUrl": "https://example.com/in"}))]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    ended = cli("gateway", "check", "config.json", "--config-backend-url", backend.url)
    assert (ended.code, ended.err[-1]) == (0, "1 transformation (1 unchanged), 1 destination")


def test_code_that_cannot_be_had_is_unknown(cli, backend, tmp_path):
    config = {"sources": [source(destination("Hook", "WEBHOOK", "gone"))], "libraries": [{"versionId": "gone-too"}]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (told,) = cli("gateway", "check", "config.json", "--config-backend-url", backend.url, "--json").json()["workspaces"]
    assert told["transformations"][0]["verdict"] == "unknown"
    assert told["transformations"][0]["reasons"][0].startswith("Transformation not found at ")
    assert told["trouble"][0].startswith("library gone-too: Transformation Library not found at ")


def test_a_folder_of_code(cli, write, tmp_path):
    (tmp_path / "code" / "transformations").mkdir(parents=True)
    (tmp_path / "code" / "libraries").mkdir()
    write("code/good.js", GOOD)
    write("code/network.js", NETWORK)
    write("code/_draft.js", "this is none")
    write("code/notes.md", "nor this")
    write("code/transformations/blocked.py", BLOCKED)
    write("code/transformations/place.py", PYTHON)
    write("code/libraries/tidy.js", "export function tidy(event) { return event; }")
    ended = cli("gateway", "check", "code", "--json")
    found = {one["name"]: one for one in ended.json()["workspaces"][0]["transformations"]}
    assert {name: one["verdict"] for name, one in found.items()} == {
        "good.js": "unchanged",
        "network.js": "differs",
        "transformations/blocked.py": "refused",
        "transformations/place.py": "differs",
    }
    assert found["transformations/place.py"]["reasons"] == [
        "asks for geolocation: there is none until the setting geolocation names a file or a service"
    ]


def test_settings_count_and_imports_that_nobody_has_are_told(cli, write, tmp_path):
    (tmp_path / "code").mkdir()
    write("code/lonely.js", 'import { a } from "nowhere";\nexport function transformEvent(e) { return a(e); }\n')
    write("code/hangs.js", "export function transformEvent(e) { while (true) {} }\n")
    write("code/place.py", PYTHON)
    write("code/blocked.py", "import requests\n\ndef transformEvent(event, metadata):\n    return requests.utils.os\n")
    write("code/keys.js", 'export function transformEvent(e) { e.key = getCredential("K").length; return e; }\n')
    ended = cli("gateway", "check", "code", "--event-seconds", "0.2", "--geolocation", "http://127.0.0.1:1")
    assert ended.code == 1
    assert any(line.startswith("lonely.js: line 1: There is no library 'nowhere'") for line in ended.out)
    assert any(line.startswith("hangs.js: ") and "longer than one event may" in line for line in ended.out)
    assert any(line.split()[:3] == ["place.py", "python", "unchanged"] for line in ended.out)
    assert any(line.split()[:5] == ["keys.js", "javascript", "unchanged", "credential", "K"] for line in ended.out)
    assert any(line.split()[:3] == ["blocked.py", "python", "differs"] for line in ended.out)
    assert any(line.startswith("blocked.py: line 4: ") and "T207 module 'os': attribute access" in line for line in ended.out)


def test_a_file_of_code(cli, write):
    write("good.js", GOOD)
    write("other.js", "is not looked at")
    ended = cli("gateway", "check", "good.js")
    assert (ended.code, ended.err) == (0, ["1 transformation (1 unchanged)"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "config.json: is not JSON: "),
        (b"[]", "config.json: is no object; expected the workspace configuration of a data plane"),
        (b"{}", "config.json: has no sources; expected"),
        (b'{"sources": 5}', "config.json: has no sources; expected"),
        (b'{"error": {"sources": 5}}', "config.json: has no sources; expected"),
        (b"\xff", "config.json: is not JSON: "),
    ],
)
def test_what_is_no_configuration_is_said(cli, tmp_path, content, said):
    (tmp_path / "config.json").write_bytes(content)
    ended = cli("gateway", "check", "config.json")
    assert (ended.code, ended.out) == (2, [])
    assert ended.err[0].startswith(f"transformer: {said}")


def test_wrong_places_are_said(cli, tmp_path, backend):
    (tmp_path / "empty").mkdir()
    for where, code, said in (
        ("nowhere.json", 2, "nowhere.json: no such file or directory"),
        ("empty", 2, "empty: holds no transformations (.py, .js, .mjs, .ts)"),
        ("http://", 2, "URL: write http://HOST or https://HOST"),
        ("http://127.0.0.1:1", 4, "http://127.0.0.1:1/workspaceConfig?fetchAll=true: cannot be reached"),
        (f"{backend.url}/nothing", 2, f"{backend.url}/nothing: answered with status 404"),
        (
            backend.url,
            2,
            f"{backend.url}/workspaceConfig?fetchAll=true: not accepted (401); name the workspace token in the URL",
        ),
    ):
        ended = cli("gateway", "check", where)
        assert (ended.code, ended.out, ended.err) == (code, [], [f"transformer: {said}"])


def test_odd_configurations_are_read_as_far_as_they_go(cli, tmp_path):
    odd = {
        "sources": [5, None, {"destinations": [5, {"destinationDefinition": "x", "transformations": {"a": 5}, "config": []}]}],
        "libraries": "none",
        "destinations": {"a": None},
    }
    (tmp_path / "config.json").write_text(json.dumps(odd))
    ended = cli("gateway", "check", "config.json", "--json")
    assert ended.code == 1
    assert [one["type"] for one in ended.json()["workspaces"][0]["destinations"]] == [""]
