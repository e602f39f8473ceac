"""One line per request, and the last net: whatever else is raised becomes a fault of ours, told without details.

The line says what was asked and what became of it, never what was in it: no payload, no message of user code, no secret. A
fault's stack is logged as places in our code, without the exception's text, which might quote an event.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from transformer.errors import Code, PlatformError, TransformerError
from transformer.observe.log import Logger

__all__ = ["observed"]

_FRAMES = 12


@contextmanager
def observed(log: Logger, method: str, message: str = "request") -> Iterator[dict[str, Any]]:
    """Observe a request; the block adds facts to the dict that it gets, and they end up in the line called `message`.

    Raises:
        TransformerError: what the block raised; anything else that it raised becomes PlatformError INTERNAL. Cancellation
        passes.
    """
    line: dict[str, Any] = {"method": method}
    started = perf_counter()
    write = log.info
    try:
        yield line
        line["status"] = "OK"
    except TransformerError as error:
        line["status"] = error.code.name
        if isinstance(error, PlatformError):
            write = log.error
        raise
    except asyncio.CancelledError:
        line["status"] = "CANCELLED"
        raise
    except Exception as fault:
        line |= {"status": Code.INTERNAL.name, "fault": type(fault).__qualname__, "stack": _places(fault)}
        write = log.error
        raise PlatformError(Code.INTERNAL, "a fault of the service; its log says more") from fault
    finally:
        line["ms"] = round((perf_counter() - started) * 1000, 2)
        write(message, **line)


def _places(fault: BaseException) -> list[str]:
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
