"""Cases of transforms: those of everybody's format, with parameters; and vectors of the functions that a transform exports.

    {"name": …, "parameters": {…}, "event": {…}, "expect": {…}}                                 see transformer/cases/load.py
    {"name": …, "parameters": {…}, "expect": {"refused": true | "parameters.x: …"}}              the schema does not take them
    {"name": …, "function": "redact", "arguments": […], "expect": {"returned": …} | {"raised": true | "part of the message"}}

"engines": ["python"] with "why" leaves the others out: a reviewed difference. Everything else must hold in every language that
the transform has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from transformer.cases import Case, Difference, load_case
from transformer.errors import CallerError, Code
from transformer.library.parameters import ParametersError, filled
from transformer.library.shelf import Transform
from transformer.library.steps import function_step, transform_step
from transformer.outcome import Ledger
from transformer.pool import Step

__all__ = ["LibraryCase", "cases_of"]

_OWN_KEYS: Final = ("parameters", "engines", "why", "function", "arguments")
_LIBRARY: Final = re.compile(r" \(in library/[a-z0-9_/]+(?:, line \d+)?\)$")


@dataclass(frozen=True, slots=True)
class LibraryCase:
    """One case of a transform. `case` is what to run, None where the parameters should be refused."""

    transform: Transform
    name: str
    where: str
    parameters: Mapping[str, Any]
    engines: tuple[str, ...]
    case: Case | None
    function: str = ""
    refused: str | bool = False
    raised: str | bool = False
    why: str = ""

    def step(self, engine: str) -> Step | None:
        """What to run in one of its engines; None where there is nothing to run. Raises ParametersError."""
        if self.function:
            return function_step(self.transform, self.function, engine)
        parameters = filled(self.transform, self.parameters)
        return None if self.case is None else transform_step(self.transform, parameters, engine)

    def refusal(self) -> list[Difference]:
        """What does not hold, of a case whose parameters should be refused."""
        try:
            filled(self.transform, self.parameters)
        except ParametersError as wrong:
            expected = str(wrong) if self.refused is True else str(self.refused)
            return [] if str(wrong) == expected else [Difference("expect.refused", expected, str(wrong))]
        return [Difference("expect.refused", "parameters that are refused", "they fit")]

    def judge(self, ledger: Ledger) -> list[Difference]:
        """What does not hold, of one that was run. Messages are compared without the name of the library in them."""
        assert self.case is not None
        if isinstance(self.raised, str) and 0 in ledger.failures and self.raised not in ledger.failures[0].message:
            return [Difference("expect.raised", self.raised, ledger.failures[0].message)]
        for index, failure in ledger.failures.items():
            ledger.failures[index] = replace(failure, message=_LIBRARY.sub("", failure.message))
        return self.case.judge(ledger)


def cases_of(transform: Transform) -> list[LibraryCase]:
    """Every case of a transform, in the order of its files.

    Raises:
        CallerError: BAD_REQUEST: a file is not as it should be; where, and what.
    """
    found: list[LibraryCase] = []
    for path in sorted(transform.folder.joinpath("cases").glob("*.json")):
        found += _in_file(transform, path)
    names = [case.name for case in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _wrong(str(transform.folder), f"two cases are named {twice!r}; give each its own name")
    return found


def _in_file(transform: Transform, path: Path) -> Iterator[LibraryCase]:
    where = "/".join(path.parts[-4:])
    try:
        read = json.loads(path.read_text("utf-8"))
    except ValueError as wrong:
        raise _wrong(where, f"is not JSON: {wrong}") from None
    for index, one in enumerate(read if isinstance(read, list) else [read]):
        yield _case(transform, one, f"{where}[{index}]")


def _case(transform: Transform, found: Any, where: str) -> LibraryCase:
    if not isinstance(found, dict):
        raise _wrong(where, "must be an object")
    own = {key: found[key] for key in _OWN_KEYS if key in found}
    rest = {key: value for key, value in found.items() if key not in own}
    engines = tuple(own.get("engines", transform.sources))
    if unknown := [each for each in engines if each not in transform.sources]:
        raise _wrong(where, f"engines: there is no {unknown[0]!r} of {transform.reference}")
    if "engines" in own and not own.get("why"):
        raise _wrong(where, "why: says why it does not run in every engine")
    expect = rest.get("expect")
    refused: str | bool = False
    raised: str | bool = False
    function = str(own.get("function", ""))
    if isinstance(expect, dict) and "refused" in expect:
        refused = expect["refused"]
    elif function:
        if function not in transform.manifest.exports or not isinstance(own.get("arguments"), list):
            raise _wrong(where, f"function: must be one of {', '.join(transform.manifest.exports)}, with a list of arguments")
        raised, rest = _of_function(rest, own["arguments"], where)
    elif "arguments" in own:
        raise _wrong(where, "arguments: belong to a function")
    case = None if refused else load_case(json.dumps(rest).encode(), where)
    if not isinstance(own.get("parameters", {}), dict) and not refused:
        raise _wrong(where, "parameters: must be an object")
    return LibraryCase(
        transform,
        str(found.get("name", "")),
        where,
        own.get("parameters", {}),
        engines,
        case,
        function,
        refused,
        raised,
        str(own.get("why", "")),
    )


def _of_function(rest: dict[str, Any], arguments: list[Any], where: str) -> tuple[str | bool, dict[str, Any]]:
    """What the failure must say, and the case as one of an event."""
    expect = rest.get("expect")
    if not isinstance(expect, dict) or len(expect) != 1 or not expect.keys() <= {"returned", "raised"}:
        raise _wrong(where, "expect: must have exactly one of returned, raised")
    if "raised" in expect:
        return expect["raised"], {**rest, "event": {"arguments": arguments}, "expect": {"failed": Code.EXCEPTION.text}}
    return False, {**rest, "event": {"arguments": arguments}, "expect": {"emitted": expect}}


def _wrong(where: str, sentence: str) -> CallerError:
    return CallerError(Code.BAD_REQUEST, f"{where}: {sentence}")
