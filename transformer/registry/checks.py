"""What text the registry takes: both databases must be able to keep it, and nobody fills them by accident."""

from __future__ import annotations

import re
from typing import Final

from transformer.engines.binary import decode_binary, size_of_binary
from transformer.engines.catalog import ENGINES
from transformer.errors import CallerError
from transformer.limits import Limits
from transformer.registry.records import Call, VersionDraft

__all__ = [
    "MAX_ACTOR",
    "MAX_CASES",
    "MAX_CASES_BYTES",
    "MAX_DESCRIPTION",
    "MAX_REQUEST_ID",
    "check_call",
    "check_code",
    "check_draft",
    "check_text",
]

MAX_DESCRIPTION: Final = 4096
MAX_ACTOR: Final = 200
MAX_REQUEST_ID: Final = 128
MAX_CASES: Final = 500
MAX_CASES_BYTES: Final = 4 * 1024 * 1024
_MAX_CASE_NAME: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def check_text(value: str, field: str, most: int | None = None, *, one_line: bool = False) -> None:
    """Raises CallerError (BAD_REQUEST, naming `field`): more than `most` characters, or characters that cannot be kept."""
    if most is not None and len(value) > most:
        raise CallerError.about(field, f"{len(value)} characters are too many; at most {most}")
    if one_line and _CONTROL.search(value):
        raise CallerError.about(field, "holds a control character; write one line of plain text")
    if "\0" in value:
        raise CallerError.about(field, "holds the character U+0000, which cannot be kept; leave it out")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CallerError.about(field, "holds half of a surrogate pair, which is not text; leave it out") from None


def check_call(call: Call) -> Call:
    """The call, with "anonymous" for an actor that was not named. Raises CallerError (BAD_REQUEST)."""
    check_text(call.actor, "x-actor", MAX_ACTOR, one_line=True)
    check_text(call.request_id, "request_id", MAX_REQUEST_ID, one_line=True)
    return call if call.actor else Call(request_id=call.request_id, validate_only=call.validate_only)


def check_code(engine: str, source: str, limits: Limits, where: str = "") -> None:
    """Raises CallerError (BAD_REQUEST, naming a field of `where`): there is no such engine here, or the code is too large."""
    if engine not in ENGINES:
        raise CallerError.about(f"{where}engine", f'there is no engine "{engine[:63]}"; engines: {", ".join(ENGINES)}')
    if missing := ENGINES[engine].missing:
        raise CallerError.about(f"{where}engine", missing)
    if ENGINES[engine].binary:
        size, most, limit = size_of_binary(source), limits.binary_bytes, "binary_bytes"
    else:
        check_text(source, f"{where}source")
        size, most, limit = len(source.encode()), limits.code_bytes, "code_bytes"
    if size > most:
        raise CallerError.about(f"{where}source", f"{size} bytes of code are too many; at most {most} ({limit})")


def check_draft(draft: VersionDraft) -> None:
    """Raises CallerError (BAD_REQUEST): a source that cannot be kept, too many cases, two cases of one name."""
    if draft.engine in ENGINES and ENGINES[draft.engine].binary:
        try:
            decode_binary(draft.source)
        except ValueError as wrong:
            raise CallerError.about("version.source", str(wrong)) from None
    else:
        check_text(draft.source, "version.source")
    if len(draft.cases) > MAX_CASES:
        raise CallerError.about("version.cases", f"{len(draft.cases)} cases are too many; at most {MAX_CASES}")
    if (size := sum(len(case.body) for case in draft.cases)) > MAX_CASES_BYTES:
        raise CallerError.about("version.cases", f"{size} bytes of cases are too many; at most {MAX_CASES_BYTES}")
    seen = set()
    for index, case in enumerate(draft.cases):
        field = f"version.cases[{index}]"
        check_text(case.name, f"{field}.name", _MAX_CASE_NAME, one_line=True)
        if not case.name:
            raise CallerError.about(f"{field}.name", "is empty; every case has a name")
        if case.name in seen:
            raise CallerError.about(f"{field}.name", f'a second case is named "{case.name}"; give each its own name')
        seen.add(case.name)
        try:
            case.body.decode()
        except UnicodeDecodeError:
            raise CallerError.about(f"{field}.body", f'the case "{case.name}" is not UTF-8') from None
