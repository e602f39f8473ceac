"""Keeps a share of users, always the same: who is kept at a low rate is kept at every higher one."""

from __future__ import annotations

from typing import Any

from library.digest.v1 import fraction, text_of
from library.identity.v1 import person_finder
from library.names.v1 import matcher, name_of
from library.paths.v1 import writer


def kept(value: Any, rate: float, salt: str = "") -> bool:
    """Whether what stands for a user belongs to the share of this size, from 0 to 1."""
    return fraction(f"{salt}\0{text_of(value)}") < rate


_person = person_finder(parameters["user"])
_rate, _salt = parameters.get("rate", 1), parameters["salt"]
_always = matcher(parameters["always"], case_sensitive=True)
_write = writer(parameters["write_rate"]) if parameters["write_rate"] else None
_drop_missing = parameters["missing"] == "drop"


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event unless its user is in the sample."""
    rate = 1 if _always(name_of(event)) else _rate_of(_person(event))
    if _write:
        _write(event, rate)
    return event


def _rate_of(person: str) -> float:
    """The share of events like those of the person that are kept. Raises Drop: these are not."""
    if not person and _drop_missing:
        raise Drop("there is nobody to sample by")
    if person and not kept(person, _rate, _salt):
        raise Drop("not in the sample")
    return _rate if person else 1
