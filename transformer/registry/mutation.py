"""A mutation that is being carried out: what the modules of the resources get instead of a bare session."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from transformer.registry.model import AuditRow, GenerationRow

__all__ = ["Mutation"]


@dataclass(slots=True)
class Mutation:
    """One transaction that changes something: its session, and who, what and when for the audit trail."""

    session: Session
    actor: str
    action: str
    now: datetime
    changed: bool = field(default=False, init=False)

    def record(self, workspace: str, resource: str, detail: str) -> None:
        """Say what was changed: the audit entry, and the new generation. A mutation that never says so leaves no trace."""
        self.session.add(
            AuditRow(workspace=workspace, time=self.now, actor=self.actor, action=self.action, resource=resource, detail=detail)
        )
        self.session.execute(update(GenerationRow).values(value=GenerationRow.value + 1))
        self.changed = True
