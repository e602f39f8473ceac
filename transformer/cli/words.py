"""Small words of output: counts with their noun, moments, versions that are quarantined."""

from __future__ import annotations

from datetime import datetime

from transformer.client import Quarantine

__all__ = ["held", "held_as_json", "many", "moment"]


def many(count: int, noun: str) -> str:
    """`1 event`, `2,000 events`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def moment(time: datetime) -> str:
    """`2026-09-01 12:30:00Z`, of a time in UTC."""
    return f"{time:%Y-%m-%d %H:%M:%S}Z"


def held(one: Quarantine) -> str:
    """`scrub@3 is quarantined since … until …: it lost 20.1 s of worker time (…)`."""
    *_, transformation, _, number = one.version.split("/")
    since, until = moment(one.since), moment(one.until)
    return f"{transformation}@{number} is quarantined since {since} until {until}: {one.reason}; a new version is not affected"


def held_as_json(one: Quarantine) -> dict[str, str]:
    """The same for machines."""
    since, until = one.since.isoformat(), one.until.isoformat()
    return {"version": one.version, "since": since, "until": until, "reason": one.reason}
