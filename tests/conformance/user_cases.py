"""Cases of user transformations as they are written down: what each is about, and the settings that its server has."""

import json
from dataclasses import dataclass

from tests.conformance.upstreams import DOUBLE, double_trusted
from tests.conformance.vectors import read
from transformer.settings_rudder import read_rudder

LANGUAGES = ("python", "javascript")
USUAL = {
    "log_level": "error",
    "fetch_private": "127.0.0.0/8",
    "fetch_breaker_failures": 0,
    "kv": "none",
    "metrics_listen": "127.0.0.1:0",
    "cache_dir": "",
    "event_seconds": 5.0,
    "turn_seconds": 30.0,
}
ENDLESS = {"event_seconds": 0.5, "turn_seconds": 2.0}
IN_JAVASCRIPT = {"fetch_private": "", "fetch_dns_overrides": "abc.xyz.com=127.0.0.1", "geolocation": "none"}
ONE_BY_ONE = {"fetch_host_concurrent": 1}


@dataclass(frozen=True)
class Case:
    """One line of the vectors. `exact`: its assertions alone decide."""

    language: str
    number: int
    id: str
    title: str
    told: dict
    exact: bool

    @property
    def place(self):
        return f"user_transformations/{self.language}.jsonl:{self.number} {self.id}"

    @property
    def environment(self):
        """What decides which server it is asked of: settings, as its variables say them, and the geolocation service."""
        env = {name: value for name, value in self.told["env"].items() if value is not None}
        geo = [server for server in self.told.get("needs", {}).get("servers", ()) if server.get("env") == "GEOLOCATION_URL"]
        settings = USUAL | (IN_JAVASCRIPT if self.language == "javascript" else {})
        if self.language == "javascript" and DOUBLE in self.told["transformation"]["code"]:
            settings |= double_trusted() | ONE_BY_ONE
        if self.told.get("handler_error") and "imed out" in self.told["handler_error"]["message"]:
            settings |= ENDLESS
        if "GEOLOCATION_TIMEOUT_SECS" not in env:
            settings["geolocation_seconds"] = 20.0
        settings |= {name: value for name, (value, variable) in read_rudder(env).items() if variable}
        return json.dumps([settings, geo], sort_keys=True)


def cases_of(folder, language):
    """The cases of a language, none if there is no file. Raises VectorError."""

    def case(number, told):
        if language == "javascript":
            return Case(language, number, told["id"], told["name"], told, exact=False)
        return Case(language, number, told["versionId"], f"{told['suite']}/{told['name']}", told, bool(told["exact"]))

    return list(read(folder / "user_transformations" / f"{language}.jsonl", case))


def left_out(case):
    """Why a case cannot be tried at all, or ""."""
    needs_more = case.language == "python" and not case.told["runnable"]
    return "it needs a whole data plane: its servers and its database" if needs_more else ""


def fault(case):
    """Why what a case expects is a fault that we do not share, or ""."""
    if case.language == "javascript" and "log is not defined" in json.dumps(case.told["handler_output"]):
        return "code that logs fails from its second request on there (incumbent-defects.md, 6); here it does not"
    return ""
