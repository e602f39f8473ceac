"""What the prelude may ask the host side for, in text: log lines, metadata of the running call, and functions by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from transformer.engines.base import Host, OutOfTime, Unavailable
from transformer.engines.calling import arguments_of, error_of, value_of
from transformer.engines.javascript.natives import ANSWERS
from transformer.engines.javascript.runtime import crossing
from transformer.engines.javascript.values import read
from transformer.wire.calls import CallError, CallKind, Reply

__all__ = ["Answers", "answer_text"]

_CALLS: Final = frozenset({"begin", "wait", "table"})


class Answers:
    """The host's end of one program."""

    __slots__ = ("_host", "lookup", "lost", "refused", "value")

    def __init__(self, host: Host) -> None:
        self._host = host
        self.lookup: Callable[[Any], Any] = _no_metadata
        """The metadata function of the running call, and what it was called with."""
        self.value: Any = None
        self.refused: BaseException | None = None
        """What an answer ended with: it is what the call raises, unless user code makes do without the answer."""
        self.lost: OutOfTime | Unavailable | None = None
        """No answer from the platform, or no time left: it is what the call raises, whatever user code made of it."""

    def ask(self, name: str, text: str) -> str:
        """The answer as the prelude takes it: "=" and the text, or "!" and why there is none.

        Never raises: an exception would cross into user code, with objects of ours in it.
        """
        try:
            return "=" + crossing(self._answer(name, text))
        except ValueError as wrong:
            return "!" + crossing(str(wrong))
        except BaseException as wrong:  # noqa: BLE001 - see above
            self.refused = wrong
            return "!" + crossing(str(wrong))

    def _answer(self, name: str, text: str) -> str:
        if name == "log":
            self._host.log(text)
            return ""
        if name == "metadata":
            return orjson.dumps(self._metadata(text)).decode()
        if name == "legacy fetch":
            return "1" if self._host.capabilities.legacy_fetch else ""
        if name == "given":
            return self._given(text)
        return self._called(name, text) if name in _CALLS else ANSWERS[name](text)

    def _given(self, text: str) -> str:
        """A credential that came with the events; "" where the workspace's secrets are to be asked."""
        given = self._host.credential(read(text))
        return "" if given is None else orjson.dumps(given[0]).decode()

    def _called(self, name: str, text: str) -> str:
        """What becomes of a host call: "v" and a value or id, "e" and why there is none. See prelude/45_calls.js."""
        first, _, rest = text.partition("\n")
        try:
            if name == "table":
                found = self._host.table(read(first)).get_json(read(rest))
                return "v" + (found or b"").decode()
            kind: CallKind = first  # type: ignore[assignment]  # what is none is not granted
            arguments = arguments_of(read(rest))
            if name == "begin":
                return f"v{self._host.begin(kind, arguments)}"
            return answer_text(Reply(0, self._host.ask(kind, arguments, here=True)))
        except CallError as error:
            return answer_text(Reply(0, error=error))
        except (OutOfTime, Unavailable) as wrong:
            self.lost = wrong
            raise

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


def answer_text(reply: Reply) -> str:
    """An answer as prelude/45_calls.js takes it. Raises Unavailable where the platform has none: the event ends."""
    error = reply.error
    if error is None:
        return "v" + orjson.dumps(value_of(reply)).decode()
    if error.kind == "unavailable":
        raise Unavailable(error.message)
    return "e" + orjson.dumps(error_of(error)).decode()
