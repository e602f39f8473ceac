"""What is wrong with the database, in a sentence for the caller: never the driver's text, which names hosts and paths.

Nearly always nothing was changed, and the sentence says so; the one exception is a connection that is lost in the middle of a
commit. The driver's text is the exception's cause, for the operator's log.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import TimeoutError as NoConnectionFree

from transformer.errors import Code, PlatformError

__all__ = ["explain"]

_UNCHANGED: Final = "Nothing was changed; send this again"
_DOUBTFUL: Final = "Whether the change was made is not known; repeat it with the same request_id, or look before you repeat it"
_NOT_READY: Final = "it has not been set up by this version; start `transformer serve` once, which migrates it"
_FULL: Final = "its disk is full; free some space"
_LOCKED: Final = "another process holds its lock"
_GONE: Final = "it cannot be reached"

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_READONLY: "its file is read-only",
    sqlite3.SQLITE_IOERR: "its disk does not work",
    sqlite3.SQLITE_CORRUPT: "its file is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "its file is not a database",
}
_POSTGRES: Final = {  # by SQLSTATE, or its class
    "08": _GONE,
    "25006": "it is read-only, as a standby is",
    "28": "it refused the user name or the password",
    "3D": "it does not exist on that server",
    "42P01": _NOT_READY,
    "42501": "its user lacks a permission",
    "53100": _FULL,
    "53300": "it has no connection left",
    "53": "it is out of resources",
    "55P03": _LOCKED,
    "57014": "it took too long to answer",
    "57": "it was shut down or is starting",
    "40": "another transaction came in between",
}


def explain(wrong: BaseException, *, doubtful: bool = False) -> PlatformError:
    """REGISTRY_UNAVAILABLE, with a sentence about `wrong`, which came from the driver or from SQLAlchemy.

    `doubtful`: the connection was lost while a change was being committed.
    """
    then = _DOUBTFUL if doubtful else _UNCHANGED
    return PlatformError(Code.REGISTRY_UNAVAILABLE, f"The registry's database is not available: {_reason(wrong)}. {then}.")


def _reason(wrong: BaseException) -> str:
    if isinstance(wrong, NoConnectionFree):
        return "too many requests wait for it"
    if isinstance(wrong, sqlite3.Error):
        code = getattr(wrong, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN)
        if code == sqlite3.SQLITE_ERROR and "no such table" in str(wrong):
            return _NOT_READY
        return _SQLITE.get(code & 0xFF, f"{type(wrong).__name__} {getattr(wrong, 'sqlite_errorname', '')}".rstrip())
    state = getattr(wrong, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2]) or f"it answered with SQLSTATE {state}"
    # psycopg gives a broken connection no SQLSTATE.
    return (
        _GONE if type(wrong).__name__ in {"OperationalError", "DisconnectionError", "InterfaceError"} else type(wrong).__name__
    )
