"""Sentences about database trouble: each kind its own, none with the driver's words in it."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from transformer.errors import Code
from transformer.registry.trouble import explain

SECRET = "connection to server at db.internal failed for user ada, /var/lib/secret"


def from_postgres(state: str | None) -> psycopg.OperationalError:
    wrong = psycopg.OperationalError(SECRET)
    wrong.sqlstate = state
    return wrong


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (None, "it cannot be reached"),
        ("08006", "it cannot be reached"),
        ("25006", "it is read-only, as a standby is"),
        ("28P01", "it refused the user name or the password"),
        ("3D000", "it does not exist on that server"),
        ("40P01", "another transaction came in between"),
        ("42501", "its user lacks a permission"),
        ("53100", "its disk is full; free some space"),
        ("53200", "it is out of resources"),
        ("53300", "it has no connection left"),
        ("55P03", "another process holds its lock"),
        ("57014", "it took too long to answer"),
        ("57P03", "it was shut down or is starting"),
        ("XX000", "it answered with SQLSTATE XX000"),
    ],
)
def test_postgresql_is_told_by_its_state(state, reason):
    told = explain(from_postgres(state))
    assert told.code == Code.REGISTRY_UNAVAILABLE
    assert told.message == f"The registry's database is not available: {reason}. Nothing was changed; send this again."


@pytest.mark.parametrize(
    "wrong",
    [
        sqlite3.OperationalError(SECRET),
        sqlite3.DatabaseError(SECRET),
        from_postgres("99999"),
        NoConnectionFree(SECRET),
        KeyError(SECRET),
    ],
)
def test_nothing_of_the_drivers_text_is_told(wrong):
    told = explain(wrong).message
    assert not any(word in told for word in ("db.internal", "ada", "/var", "secret"))
