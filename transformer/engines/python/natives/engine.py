"""Opens the native modules in a zygote, as if they were an engine: workers forked from it have them, others do not."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import ALONE, Host, LoadError, Program, Report, Surroundings
from transformer.engines.python import natives
from transformer.errors import Problem

__all__ = ["Natives", "open_engine"]

_NO_CODE: Final = Problem("Native modules run no code of their own.")


class Natives:
    """Has no programs: the Python engine beside it hands the modules out."""

    @staticmethod
    def check(source: str, name: str, around: Surroundings = ALONE) -> Report:  # noqa: ARG004 - there is none
        """Nothing holds."""
        return Report(problems=[_NO_CODE])

    @staticmethod
    def load(source: str, name: str, host: Host) -> Program | None:  # noqa: ARG004 - there is none
        """Nothing to load but the empty probe. Raises LoadError for all else."""
        if source:
            raise LoadError([_NO_CODE])
        return None


def open_engine() -> Natives:
    """Import every native module, while there still are files."""
    natives.open_all()
    return Natives()
