"""Which sink the settings mean, and how a wrong one is told."""

import pytest

from transformer.deadletters import open_sink
from transformer.settings import SettingsError


@pytest.mark.parametrize("wrong", ["", "nothing", "directory:", "none:x", "mysql://ada:hunter2@host/db", "/var/letters"])
def test_what_is_no_sink_is_refused_without_being_quoted(settings, wrong):
    with pytest.raises(SettingsError) as told:
        open_sink(settings(dead_letters=wrong))
    assert str(told.value) == ("dead_letters is not one of its forms; write none, directory, directory:PATH or postgresql://…")


def test_postgresql_that_is_no_url_is_refused_without_being_quoted(settings):
    with pytest.raises(SettingsError) as told:
        open_sink(settings(dead_letters="postgresql:hunter2"))
    assert "hunter2" not in str(told.value)


def test_settings_do_not_show_the_password(settings):
    assert "hunter2" not in repr(settings(dead_letters="postgresql://ada:hunter2@host/db"))
