"""Keeps a share of events by their name: a tenth of the clicks, all of the orders."""

from __future__ import annotations

from typing import Any

from library.identity.v1 import person_finder
from library.names.v1 import matcher, name_of, type_of
from library.paths.v1 import writer
from library.sample_random.v1 import generator
from library.sample_stable.v1 import kept

_rates = parameters.get("rates", {})
_default = parameters["default_rate"]
_wild = [
    (matcher([name], case_sensitive=True), _rates[name])
    for name in sorted(_rates, key=lambda name: (-len(name), name))
    if "*" in name
]
_person = person_finder(parameters["user"])
_draw = generator(parameters["seed"])
_stable = parameters["method"] == "stable"
_write = writer(parameters["write_rate"]) if parameters["write_rate"] else None


def rate_of(name: str) -> float:
    """The rate for a name: as listed, else of the longest wildcard that fits, else the default."""
    if name in _rates:
        return _rates[name]
    return next((rate for fits, rate in _wild if fits(name)), _default)


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Drop the event unless it is in the sample of its name."""
    name = name_of(event) or type_of(event)
    rate = rate_of(name)
    if rate < 1:
        person = _person(event) if _stable else ""
        if not (kept(person, rate, parameters["salt"]) if person else _draw() < rate):
            raise Drop("not in the sample")
    if _write:
        _write(event, rate)
    return event
