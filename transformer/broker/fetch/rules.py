"""Which hosts an operator lets the code of each workspace reach."""

from __future__ import annotations

from collections.abc import Mapping

from transformer.capabilities import Capabilities, CapabilitiesError

__all__ = ["HostRules", "parse_hosts"]


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
        workspace, equals, hosts = part.partition("=")
        if not equals or not workspace.strip():
            raise ValueError(
                f"{part!r}: write WORKSPACE=HOST HOST …, with commas between workspaces; * is every other workspace"
            )
        try:
            found[workspace.strip()] = Capabilities.from_manifest({"hosts": hosts.split()}, workspace.strip())
        except CapabilitiesError as wrong:
            raise ValueError(str(wrong)) from None
    return found
