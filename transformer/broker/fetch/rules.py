"""Which hosts an operator lets the code of each workspace reach."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from transformer.capabilities import Capabilities, CapabilitiesError

__all__ = ["HostRules", "parse_hosts"]

_WORKSPACE: Final = re.compile(r"\*|[a-z0-9][a-z0-9_-]{0,62}")  # as in `transformer.registry.names`


class HostRules:
    """Hosts by workspace, `*` for every workspace that is not named. Without any rule, every host is allowed."""

    def __init__(self, hosts: Mapping[str, Capabilities]) -> None:
        self._hosts = dict(hosts)

    def allow(self, workspace: str, host: str, port: int) -> bool:
        """Whether the operator lets this workspace go there. That it is a public address is another matter."""
        if not self._hosts:
            return True
        allowed = self._hosts.get(workspace, self._hosts.get("*"))
        return allowed is not None and allowed.allows_host(host, port)


def parse_hosts(text: str) -> dict[str, Capabilities]:
    """WORKSPACE=HOST HOST …, with commas between workspaces, as in shop=api.example.com *.example.org, *=hooks.example.com.

    Raises:
        ValueError: it names the part that is wrong.
    """
    found: dict[str, Capabilities] = {}
    for part in (part.strip() for part in text.split(",") if part.strip()):
        name, equals, hosts = part.partition("=")
        workspace = name.strip()
        if not equals or not workspace:
            raise ValueError(
                f"{part!r}: write WORKSPACE=HOST HOST …, with commas between workspaces; * is every other workspace"
            )
        if not _WORKSPACE.fullmatch(workspace):
            raise ValueError(f"{workspace!r} cannot be the id of a workspace: lower-case letters, digits, - and _, up to 63")
        if workspace in found:
            raise ValueError(f"{workspace!r} is named twice; write its hosts with blanks between them")
        try:
            found[workspace] = Capabilities.from_manifest({"hosts": hosts.split()}, workspace)
        except CapabilitiesError as wrong:
            raise ValueError(str(wrong)) from None
    return found
