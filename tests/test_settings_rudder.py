"""The environment of RudderStack's transformers: understood where it is asked for, and less than what we say ourselves."""

import pytest

from transformer.settings import Origin, Settings, SettingsError, load_settings
from transformer.settings_rudder import DEFAULTS, VARIABLES, ignored

ON = {"TRANSFORMER_RUDDER_ENVIRONMENT": "true"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working directory without a settings file."""
    monkeypatch.chdir(tmp_path)


def test_nobody_is_surprised_who_has_a_port_and_does_not_ask_for_it():
    assert load_settings(environment={"PORT": "80", "CONFIG_BACKEND_URL": "http://x"})[0] == Settings()


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"PORT": "9000"}, {"gateway_listen": "0.0.0.0:9000"}),
        ({"PORT": "9000", "UVICORN_PORT": "8080"}, {"gateway_listen": "0.0.0.0:8080"}),
        ({}, {"gateway_listen": "0.0.0.0:9090", "config_backend_url": DEFAULTS["config_backend_url"]}),
        ({"METRICS_PORT": "0"}, {"metrics_listen": "0.0.0.0:0", "metrics_public": True}),
        ({"CONFIG_BACKEND_URL": "http://cb:1/x"}, {"config_backend_url": "http://cb:1/x"}),
        ({"GEOLOCATION_URL": "http://geo", "GEOLOCATION_TIMEOUT_IN_MS": "1500"}, {"geolocation_seconds": 1.5}),
        ({"GEOLOCATION_TIMEOUT_SECS": "0.25"}, {"geolocation_seconds": 0.25}),
        ({"SANDBOX_HTTP_BUDGET_S": "2", "SANDBOX_HTTP_TIMEOUT_S": "3"}, {"call_seconds": 2.0}),
        ({"IVM_EXECUTION_TIMEOUT": "4000", "USER_TRANSFORM_TIMEOUT": "600000"}, {"event_seconds": 4.0, "turn_seconds": 600.0}),
        ({"SANDBOX_TRANSFORMATION_TIMEOUT_S": "3.5"}, {"event_seconds": 3.5}),
        ({"ISOLATE_VM_MEMORY": "128"}, {"memory_bytes": 128 * 2**20}),
        ({"ISOLATE_VM_MEMORY": "8"}, {"memory_bytes": 16 * 2**20}),
        ({"SANDBOX_POOL_MAX_SIZE": "1", "SANDBOX_CACHE_MAX_SIZE": "7"}, {"workspace_workers": 1, "worker_versions": 7}),
        ({"IVM_CACHE_MAX_SIZE": "10"}, {"worker_versions": 160}),
        ({"DNS_CACHE_ENABLED": "true", "DNS_CACHE_TTL_S": "300"}, {"fetch_dns_seconds": 300.0}),
        ({"DNS_CACHE_ENABLED": "false", "DNS_CACHE_TTL_S": "300"}, {"fetch_dns_seconds": 0.0}),
        ({"DNS_OVERRIDES": "api.test, 192.0.2.7"}, {"fetch_dns_overrides": "api.test=192.0.2.7"}),
        ({"ALLOW_IP_RANGES": "10.1.2.3/16,fd00::/8"}, {"fetch_private": "10.1.0.0/16, fd00::/8"}),
        ({"BLOCK_IP_RANGES": "10.0.0.0/8", "BLOCK_HOST_NAMES": "localhost,x.internal"}, {"fetch_private": ""}),
        ({"MIRROR_FILTER_ENABLED": "true"}, {"gateway_mirror_filter": True}),
        ({"PORT": " "}, {"gateway_listen": "0.0.0.0:9090"}),
    ],
)
def test_a_variable_of_theirs_becomes_a_setting_of_ours(variables, wanted):
    settings, _ = load_settings(environment=ON | variables)
    assert {name: getattr(settings, name) for name in wanted} == wanted


@pytest.mark.parametrize("name", ["CONFIG_BACKEND_HOSTED_SECRET", "CONFIG_BACKEND_TRANSFORMER_SERVICE_SECRET"])
def test_the_secret_is_taken_and_not_shown(name):
    settings, origins = load_settings(environment=ON | {name: "hunter2\n"})
    assert settings.config_backend_secret.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
    assert origins["config_backend_secret"] == Origin("environment", name)


def test_what_we_say_ourselves_counts_more(tmp_path):
    (tmp_path / "transformer.toml").write_text("event_seconds = 2\nrudder_environment = true\n")
    environment = {
        "PORT": "1",
        "IVM_EXECUTION_TIMEOUT": "4000",
        "TRANSFORMER_MEMORY_BYTES": "99999999",
        "ISOLATE_VM_MEMORY": "128",
    }
    settings, origins = load_settings({"gateway_listen": "127.0.0.1:0"}, environment=environment)
    assert (settings.gateway_listen, settings.event_seconds, settings.memory_bytes) == ("127.0.0.1:0", 2, 99999999)
    assert str(origins["event_seconds"]) == "file transformer.toml"
    assert load_settings({"config_backend_url": ""}, environment=environment)[0].config_backend_url == ""


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PORT", "hunter2", "PORT: expected a whole number"),
        ("PORT", "70000", "PORT: expected a port, 0 to 65535"),
        ("METRICS_PORT", "1.5", "METRICS_PORT: expected a whole number"),
        ("ISOLATE_VM_MEMORY", "hunter2", "expected a whole number"),
        ("SANDBOX_HTTP_BUDGET_S", "hunter2", "expected a number"),
        ("IVM_EXECUTION_TIMEOUT", "nan", "expected a number"),
        ("MIRROR_FILTER_ENABLED", "hunter2", "expected true or false"),
        ("DNS_CACHE_ENABLED", "hunter2", "expected true or false"),
        ("DNS_OVERRIDES", "api.test", "expected a host and its IPv4 address"),
        ("DNS_OVERRIDES", "api.test,hunter2", "expected a host and its IPv4 address"),
        ("ALLOW_IP_RANGES", "hunter2", "expected networks"),
        ("BLOCK_IP_RANGES", "hunter2", "expected networks"),
        ("BLOCK_IP_RANGES", "8.8.8.0/24", "it names public addresses"),
        ("BLOCK_HOST_NAMES", "evil.example.com", "it names hosts"),
        ("GEOLOCATION_TIMEOUT_SECS", "0", "greater than 0"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_variable_and_not_shown(variable, value, expected):
    with pytest.raises(SettingsError, match=variable) as told:
        load_settings(environment=ON | {variable: value})
    assert expected in str(told.value)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda one: one.name)
def test_every_variable_sets_what_there_is(variable):
    assert set(variable.settings) <= set(Settings.model_fields)
    assert variable.told


def test_what_means_nothing_is_told_with_the_reason():
    found = ignored({"NUM_PROCS": "4", "OPENFAAS_GATEWAY_URL": "x", "PORT": "1", "PATH": "/bin", "USE_IVM_CACHE": ""})
    assert set(found) == {"NUM_PROCS", "OPENFAAS_GATEWAY_URL"}
    assert all(found.values())
