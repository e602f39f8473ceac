"""What happens in the pool, told to whoever wants to know: metrics, the log, the registry.

The pool calls these as things happen, in the event loop, some of them for every batch: a method returns at once and raises
nothing. What it is told are facts that were decided already; nothing that it does changes them.
"""

from __future__ import annotations

from typing import Final

from transformer.errors import Code

__all__ = ["COMPILATIONS", "ENDINGS", "KEPT", "Watch"]

ENDINGS: Final = (
    "caller_gone",
    "checked",
    "crashed",
    "drain",
    "idle",
    "memory",
    "outside",
    "protocol",
    "renewed",
    "room",
    "time",
    "worn",
    "zygote",
)
"""Every word that `worker_ended` is called with:

caller_gone  its caller left in the middle of a turn     protocol  it broke the protocol or hung up on its host
checked      it had checked code, once                   renewed   the zygote that it came from was replaced
crashed      it exited or died of a signal by itself     room      another workspace needed its place
drain        the pool closed                             time      an event or a batch ran out of time
idle         nobody needed it for a while                worn      it had run its turns
memory       it ran out of memory                        zygote    its zygote was lost, and it with it
outside      somebody else killed it, as the system does for lack of memory
"""


COMPILATIONS: Final = ("made", "refused", "lost")
"""Every word that `compiled` is called with: there is an artefact; the binary is broken; its worker was lost, or ended."""

KEPT: Final = ("memory", "folder")
"""Every word that `artefact_found` is called with."""


class Watch:
    """Looks on. Does nothing; subclasses override what they care for."""

    def queued(self, workspace: str, seconds: float) -> None:
        """A batch of `workspace` got its turn after `seconds` in the queue; 0.0 where it did not have to wait."""

    def refused(self, workspace: str, code: Code) -> None:
        """A batch was refused before any of it ran: NO_CAPACITY, DRAINING."""

    def worker_started(self, seconds: float) -> None:
        """A worker is ready, this long after it was asked for."""

    def worker_ended(self, cause: str) -> None:
        """A worker is gone; `cause` is one of ENDINGS."""

    def version_loaded(self, workspace: str, warm: bool) -> None:
        """A step of a turn that begins; `warm` says that its worker holds the version already."""

    def compiled(self, workspace: str, seconds: float, outcome: str) -> None:
        """A binary was compiled, or was tried to, in so many seconds; `outcome` is one of COMPILATIONS."""

    def artefact_found(self, where: str) -> None:
        """What a binary was compiled to was kept; `where` is one of KEPT."""

    def artefact_useless(self) -> None:
        """What was kept could not be loaded: it is made anew."""

    def turned(self, workspace: str, seconds: float, cause: str) -> None:
        """A turn is over after `seconds`; `cause` is "" or, where it cost its worker, one of ENDINGS."""

    def host_called(self, workspace: str, kind: str, outcome: str, seconds: float) -> None:
        """A host call is over after `seconds`.

        `outcome` is "ok", a kind of CallError, or "cancelled" where nobody waited for it any more.
        """

    def quarantined(self, workspace: str, version_name: str) -> None:
        """A version lost its time: its batches are not run for a while."""

    def released(self, workspace: str, version_name: str) -> None:
        """A version that was quarantined runs again."""
