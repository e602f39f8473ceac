"""Collects the click ids of advertising networks from URLs."""

from __future__ import annotations

from typing import Any

from library.identity.v1 import milliseconds
from library.paths.v1 import finders, get, leaves, writer
from library.utm_extract.v1 import query

KNOWN = (
    "gclid gbraid wbraid dclid gclsrc fbclid msclkid ttclid twclid li_fat_id sccid rdt_cid epik yclid irclickid qclid "
    "dicbo obclid tblci wickedid _kx mc_eid vmcid"
).split()
_LONGEST = 500


def ids_of(url: Any, also: Any = ()) -> dict[str, str]:
    """The click ids among the parameters of a URL, by their names in lower case; empty where there are none."""
    wanted = {*KNOWN, *[name.lower() for name in also]}
    found: dict[str, str] = {}
    for written, value in query(url):
        name = written.lower()
        if name in wanted and name not in found and value.strip():
            found[name] = value.strip()[:_LONGEST]
    return found


_find = finders(parameters["fields"])
_target = parameters["target"]
_write = writer(_target)
_also = tuple(parameters["also"])
_facebook = parameters["facebook"]


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Put the ids where they belong."""
    found: dict[str, str] = {}
    for container, key in leaves(_find(event)):
        for name, value in ids_of(container[key], _also).items():
            if name not in found:
                found[name] = value
    known = get(event, _target)
    known = known if isinstance(known, dict) else {}
    if _facebook and "fbclid" in found and "fbc" not in known:
        when = milliseconds(event)
        if when is not None:
            found["fbc"] = f"fb.1.{when}.{found['fbclid']}"
    if found:
        _write(event, {**found, **known})
    return event
