"""Read case files; every key is known and typed, so a slip of the pen is an error and never a case that tests nothing.

A file holds one case or a list of cases:

    {"name": "splits a full name",                        what it shows; required
     "event": {…} or "events": [{…}, …],                  one event, or several for one batch; required
     "metadata": {…} or [{…}, …],                         for each event what metadata(event) returns
     "expect": X or [X, …],                               for each event
     "outputs": [{…}, …],                                 every output of the batch in order, whichever event it came from
     "calls": […], "kv": {…}, "secrets": {…}, "tables": {…}}    recorded answers of host calls (recorded.py)

    X   {"emitted": {…}} or {"emitted": [{…}, …]}         emitted with exactly this; {"emitted": true}: with whatever
        {"dropped": true} or {"dropped": "the reason"}
        {"failed": "T201"} or {"failed": {"code": "T201", "message": "KeyError: 'user'", "line": 3}}

"expect" may be left out where "outputs" is given; then no event may fail.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from transformer.cases.case import Case, Dropped, Emitted, Expectation, Failed
from transformer.cases.differences import step_into
from transformer.cases.recorded import RECORDED_KEYS, recorded_from
from transformer.errors import CallerError, Code, Violation

__all__ = ["load_case", "load_cases"]

_CASE_KEYS: Final = ("name", "event", "events", "metadata", "expect", "outputs", *RECORDED_KEYS)
_EXPECT_KEYS: Final = ("emitted", "dropped", "failed")
_FAILED_KEYS: Final = ("code", "message", "line")


def load_case(body: bytes, where: str) -> Case:
    """The one case in `body`; `where` names the file in messages.

    Raises:
        CallerError: BAD_REQUEST, naming file and key, if `body` is not exactly one well-formed case.
    """
    found = load_cases(body, where)
    if len(found) != 1:
        raise CallerError(Code.BAD_REQUEST, f"{where}: one case is wanted, the file holds {len(found)}")
    return found[0]


def load_cases(body: bytes, where: str) -> list[Case]:
    """The cases in `body`, at least one; `where` names the file in messages.

    Raises:
        CallerError: BAD_REQUEST, naming file and key, if `body` is not JSON, holds no case, or a case is not well-formed.
    """
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_object)
        json.dumps(found)
    except UnicodeDecodeError:
        raise _refusal(where, "", "is not UTF-8") from None
    except RecursionError:
        raise _refusal(where, "", "is nested too deep") from None
    except json.JSONDecodeError as wrong:
        raise _refusal(where, "", f"is not JSON: {wrong.msg} (line {wrong.lineno}, column {wrong.colno})") from None
    except ValueError as wrong:
        raise _refusal(where, "", f"is not JSON: {wrong}") from None
    if isinstance(found, list):
        if not found:
            raise _refusal(where, "", "holds no case")
        return [_case(one, where, f"[{index}]") for index, one in enumerate(found)]
    return [_case(found, where, "")]


def _case(found: Any, where: str, at: str) -> Case:
    _object_of(found, _CASE_KEYS, where, at)
    name = found.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _refusal(where, _join(at, "name"), "must be a text that says what the case shows")
    if ("event" in found) == ("events" in found):
        raise _refusal(where, at, 'must have either "event" or "events"')
    short = "event" in found
    events = [found["event"]] if short else found["events"]
    if not isinstance(events, list) or not events:
        raise _refusal(where, _join(at, "events"), "must be a list of at least one event")
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            raise _refusal(where, _join(at, "event" if short else f"events[{index}]"), "must be an object")
    metadata = _metadata(found, len(events), where, at)
    outputs = found.get("outputs")
    if outputs is not None and (not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs)):
        raise _refusal(where, _join(at, "outputs"), "must be a list of objects")
    if "expect" not in found and outputs is None:
        raise _refusal(where, at, 'must have "expect" or "outputs"')
    return Case(
        name=name,
        where=where,
        events=tuple(events),
        metadata=metadata,
        expect=_expectations(found["expect"], len(events), short, where, at) if "expect" in found else None,
        outputs=tuple(outputs) if outputs is not None else None,
        recorded=recorded_from(found, where, at),
    )


def _metadata(found: dict[str, Any], events: int, where: str, at: str) -> tuple[dict[str, Any], ...]:
    given = found.get("metadata", {})
    if isinstance(given, dict):
        return (given,) * events
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _refusal(where, _join(at, "metadata"), "must be an object, or a list of one object for each event")
    if len(given) != events:
        raise _refusal(where, _join(at, "metadata"), f"has {len(given)} objects for {events} events")
    return tuple(given)


def _expectations(given: Any, events: int, short: bool, where: str, at: str) -> tuple[Expectation, ...]:
    path = "expect"
    if isinstance(given, dict) and events == 1:
        return (_expectation(given, where, at, path),)
    if not isinstance(given, list):
        raise _refusal(
            where, _join(at, path), f"must be a list of {events}, one for each event" if not short else "must be an object"
        )
    if len(given) != events:
        raise _refusal(where, _join(at, path), f"has {len(given)} entries for {events} events")
    return tuple(_expectation(one, where, at, f"{path}[{index}]") for index, one in enumerate(given))


def _expectation(given: Any, where: str, at: str, path: str) -> Expectation:
    full = _join(at, path)
    _object_of(given, _EXPECT_KEYS, where, full)
    if len(given) != 1:
        raise _refusal(where, full, f"must have exactly one of {_listed(_EXPECT_KEYS)}")
    ((kind, value),) = given.items()
    if kind == "emitted":
        return _emitted(value, where, full, path)
    if kind == "dropped":
        if value is not True and not isinstance(value, str):
            raise _refusal(where, _join(full, kind), "must be true or the reason, a text")
        return Dropped(path, None if value is True else value)
    if isinstance(value, str):
        return Failed(path, _code(value, where, _join(full, kind)))
    _object_of(value, _FAILED_KEYS, where, _join(full, kind), "a code or an object")
    message, line = value.get("message"), value.get("line")
    if "message" in value and not isinstance(message, str):
        raise _refusal(where, _join(full, "failed.message"), "must be a text")
    if "line" in value and (type(line) is not int or line < 1):
        raise _refusal(where, _join(full, "failed.line"), "must be a line number, from 1")
    return Failed(path, _code(value.get("code"), where, _join(full, "failed.code")), message, line)


def _emitted(value: Any, where: str, full: str, path: str) -> Emitted:
    if value is True:
        return Emitted(path)
    if isinstance(value, dict):
        return Emitted(path, (value,), single=True)
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return Emitted(path, tuple(value))
    raise _refusal(where, _join(full, "emitted"), "must be an object, a list of at least one object, or true")


def _code(value: Any, where: str, path: str) -> Code:
    for code in Code:
        if value == code.text:
            return code
    raise _refusal(where, path, 'must be an error code, such as "T201"')


def _object_of(value: Any, known: tuple[str, ...], where: str, path: str, kind: str = "an object") -> None:
    if not isinstance(value, dict):
        raise _refusal(where, path, f"must be {kind}")
    for key in value:
        if key not in known:
            raise _refusal(where, step_into(path, key).lstrip("."), f"is not a known key; known: {_listed(known)}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {json.dumps(twice)} stands twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits} is too large")
    return number


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _refusal(where: str, path: str, sentence: str) -> CallerError:
    field = f" {path}" if path else ""
    return CallerError(Code.BAD_REQUEST, f"{where}:{field} {sentence}", violations=(Violation(path, sentence),))
