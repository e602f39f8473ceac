"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.access.roles import Role

__all__ = ["Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose credentials were good.

    id          what rates are counted by; no two callers share one
    name        for the audit trail and the log
    role        what it may do
    workspace   where it may do it; "" for every workspace
    rate        requests per second that its key allows; 0 for what the settings say
    """

    id: str
    name: str
    role: Role
    workspace: str
    rate: int = 0
