"""What the prelude may ask the host side for, in text: log lines, metadata of the running call, and functions by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from transformer.engines.base import Host
from transformer.engines.javascript.natives import ANSWERS
from transformer.engines.javascript.runtime import crossing
from transformer.engines.javascript.values import read

__all__ = ["Answers"]


class Answers:
    """The host's end of one program."""

    __slots__ = ("_host", "lookup", "refused", "value")

    def __init__(self, host: Host) -> None:
        self._host = host
        self.lookup: Callable[[Any], Any] = _no_metadata
        """The metadata function of the running call, and what it was called with."""
        self.value: Any = None
        self.refused: BaseException | None = None
        """What an answer ended with: it is what the call raises, unless user code makes do without the answer."""

    def ask(self, name: str, text: str) -> str:
        """The answer as the prelude takes it: "=" and the text, or "!" and why there is none.

        Never raises: an exception would cross into user code, with objects of ours in it.
        """
        try:
            if name == "log":
                self._host.log(text)
                return "="
            if name == "metadata":
                return "=" + crossing(orjson.dumps(self._metadata(text)).decode())
            return "=" + crossing(ANSWERS[name](text))
        except ValueError as wrong:
            return "!" + crossing(str(wrong))
        except BaseException as wrong:  # noqa: BLE001 - see above
            self.refused = wrong
            return "!" + crossing(str(wrong))

    def _metadata(self, asked: str) -> Any:
        """By "" the one event, by a number one of the batch's, by "=" and JSON the last event that has this messageId."""
        if asked == "":
            return self.lookup(self.value)
        if asked[0] == "=":
            return self.lookup({"messageId": read(asked[1:])})
        return self.lookup(self.value[int(asked)])


def _no_metadata(_event: Any) -> dict[str, Any]:
    """Metadata while the code is loaded: there is no event yet."""
    return {}
