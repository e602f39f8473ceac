"""Loading many modules at once."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["loading"]


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage meanwhile: modules leave none.

    That took an eighth of the time in which a server starts (0.92 s of CPU against 0.79).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
