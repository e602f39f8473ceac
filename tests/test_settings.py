"""Settings: one table, four sources, and an error that names the setting, its source and what is allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from transformer.settings import ENVIRONMENT_PREFIX, Origin, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working directory without a settings file."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "settings.toml"
        path.write_text(text)
        return path

    return write


def test_without_any_source_every_value_is_the_default():
    settings, origins = load_settings(environment={})
    assert settings == Settings()
    assert {str(origin) for origin in origins.values()} == {"default"}


def test_a_flag_beats_the_environment_and_that_a_file_and_that_the_default(config):
    path = config("workers = 3\nqueue = 3\nlog_level = 'error'\n")
    environment = {"TRANSFORMER_WORKERS": "4", "TRANSFORMER_QUEUE": "4"}
    settings, origins = load_settings({"workers": 5, "queue": None}, path, environment)
    assert (settings.workers, settings.queue, settings.log_level, settings.spare_workers) == (5, 4, "error", 1)
    assert [origins[name] for name in ("workers", "queue", "log_level", "spare_workers")] == [
        Origin("flag", "--workers"),
        Origin("environment", "TRANSFORMER_QUEUE"),
        Origin("file", str(path)),
        Origin("default"),
    ]


def test_the_usual_file_of_the_working_directory_is_read(tmp_path):
    (tmp_path / "transformer.toml").write_text("workers = 9\n")
    settings, origins = load_settings(environment={})
    assert (settings.workers, str(origins["workers"])) == (9, "file transformer.toml")


def test_a_file_is_found_through_the_environment_and_the_flag_beats_it(config, tmp_path):
    named = config("workers = 6\n")
    other = tmp_path / "other.toml"
    other.write_text("workers = 7\n")
    environment = {"TRANSFORMER_CONFIG": str(named)}
    assert load_settings(environment=environment)[0].workers == 6
    assert load_settings(config=other, environment=environment)[0].workers == 7


def test_an_unknown_name_in_the_file_is_named(config):
    path = config("wrokers = 3\n")
    with pytest.raises(SettingsError) as told:
        load_settings(config=path, environment={})
    assert str(told.value) == f"{path}: there is no setting 'wrokers'"


def test_a_file_that_is_missing_or_no_toml_is_named(config, tmp_path):
    with pytest.raises(SettingsError) as missing:
        load_settings(config=tmp_path / "none.toml", environment={})
    assert str(missing.value) == f"{tmp_path / 'none.toml'}: No such file or directory"
    path = config("workers = = 3\n")
    with pytest.raises(SettingsError, match=r"settings\.toml: "):
        load_settings(config=path, environment={})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("workers", "0", "Input should be greater than or equal to 1"),
        ("event_seconds", "0", "Input should be greater than 0"),
        ("profile", "loose", "Input should be 'strict' or 'development'"),
        ("queue", "many", "Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_with_its_source(name, value, sentence):
    variable = f"TRANSFORMER_{name.upper()}"
    with pytest.raises(SettingsError) as told:
        load_settings(environment={variable: value})
    assert str(told.value) == f"{name} (environment {variable}): {sentence}"


def test_several_wrong_values_are_told_together():
    with pytest.raises(SettingsError) as told:
        load_settings({"workers": 0, "queue": -1}, environment={})
    assert str(told.value) == (
        "workers (flag --workers): Input should be greater than or equal to 1; "
        "queue (flag --queue): Input should be greater than or equal to 0"
    )


def test_a_wrong_value_is_not_shown():
    with pytest.raises(SettingsError) as told:
        load_settings(environment={"TRANSFORMER_WORKERS": "hunter2"})
    assert "hunter2" not in str(told.value)


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        Settings().workers = 3


def test_other_variables_of_the_environment_are_left_alone(monkeypatch):
    monkeypatch.setenv("TRANSFORMER_WORKERS", "3")
    assert Settings().workers == Settings.model_fields["workers"].default
    assert load_settings(environment={"WORKERS": "3", "PATH": "/bin"})[0] == Settings()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_help(name):
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith((".", "…"))


@given(st.integers(1, 10_000))
def test_the_environment_says_the_same_as_a_flag(workers):
    said = load_settings(environment={f"{ENVIRONMENT_PREFIX}WORKERS": str(workers)})[0]
    assert said == load_settings({"workers": workers}, environment={})[0]
