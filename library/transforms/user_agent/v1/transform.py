"""Reads browser, system and device out of the user agent."""

from __future__ import annotations

from typing import Any

from library.paths.v1 import reader, writer
from natives.user_agent import describe


def describe_agent(user_agent: Any) -> dict[str, dict[str, str]]:
    """`browser` and `os` (name, version) and `device` (family, brand, model), as far as they are known."""
    return describe(user_agent) if isinstance(user_agent, str) and user_agent.strip() else {}


_read = reader(parameters["field"])
_write = writer(parameters["target"])
_only = frozenset(parameters["only"])
_fill = parameters["fill_context"]
_write_os, _write_device = writer("context.os"), writer("context.device")
_read_os, _read_device = reader("context.os"), reader("context.device")


def transformEvent(event: dict[str, Any], metadata: Any) -> dict[str, Any]:
    """Add the answer."""
    known = describe_agent(_read(event))
    told = {part: value for part, value in known.items() if part in _only}
    if not told:
        return event
    _write(event, told)
    if _fill and "os" in known and not _read_os(event):
        _write_os(event, {**known["os"]})
    if _fill and "device" in known and not _read_device(event):
        device = known["device"]
        named = {"manufacturer": device.get("brand"), "model": device.get("model"), "name": device.get("family")}
        _write_device(event, {key: value for key, value in named.items() if value})
    return event
