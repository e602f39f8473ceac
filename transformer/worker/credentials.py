"""What came with the events of a turn, for `getCredential`; and which programs it must not outlive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Credentials"]


class Credentials:
    """Those of the turn. A program that looks at them while it is loaded may keep what it saw: it is good for no others."""

    def __init__(self) -> None:
        self._given: Mapping[str, Any] | None = None
        self._looked = False
        self._seen: dict[str, Mapping[str, Any] | None] = {}

    def begin(self, given: Mapping[str, Any] | None) -> list[str]:
        """A turn begins, with these; None: none came. Returns the programs that saw others while they were loaded."""
        self._given = given
        outdated = [program for program, seen in self._seen.items() if seen != given]
        for program in outdated:
            self.forget(program)
        return outdated

    def look(self) -> Mapping[str, Any] | None:
        """Those of the turn, for code that asks for one."""
        self._looked = True
        return self._given

    def loading(self) -> None:
        """Whatever looks from now on is the program that is being loaded."""
        self._looked = False

    def loaded(self, program: str) -> None:
        """This one is loaded."""
        if self._looked:
            self._seen[program] = self._given

    def forget(self, program: str) -> None:
        """This one is loaded no more."""
        self._seen.pop(program, None)
