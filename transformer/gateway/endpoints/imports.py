"""What code imports: the endpoints that a control plane asks when somebody saves a library or a transformation.

Other people's source is parsed in a worker, never here: a parser of a programming language can be brought to its knees by a
line. The worker ends with the answer. Nothing is run.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from transformer.engines.base import Imported, Report, Surroundings
from transformer.gateway.replies.answers import Answer, refused, told
from transformer.gateway.replies.texts import problem_text
from transformer.gateway.requests.bodies import decode
from transformer.gateway.requests.calls import Call
from transformer.gateway.running.trial import engine_of, trial_of
from transformer.library import shelf

__all__ = ["ExtractLibraries", "TestLibrary"]

_MISSING_CODE: Final = "Invalid request. Missing code"
_CODE_IS_MISSING: Final = "Invalid request. Code is missing"
_RELATIVE: Final = "Relative imports are not allowed."
_MOST_LIBRARIES: Final = 10_000
_ANY_LIBRARY: Final = Surroundings(library=True, loose=True)


class LibraryToTest(Struct):
    """Body of a library's test."""

    code: Any = None
    language: Any = None


class CodeToRead(Struct, rename="camel"):
    """Body of a question for imports."""

    code: Any = None
    language: Any = None
    validate_imports: bool | None = False
    additional_libraries: list[str] | None = None


class TestLibrary:
    """POST /test-library and /transformationLibrary/test: whether code can be a library."""

    def __init__(self, language: str, *, maps_javascript: bool) -> None:
        """`language` is that of code that comes without. `maps_javascript`: of JavaScript, its imports are told, too."""
        self._language = language
        self._maps_javascript = maps_javascript
        self._decoder = msgspec.json.Decoder(LibraryToTest)

    async def __call__(self, call: Call) -> Answer:
        """200 with the imports, or `true`; 400 with what is wrong with the code."""
        asked = decode(self._decoder, call.body, "a library to test")
        if not isinstance(asked.code, str) or not asked.code:
            return refused(400, _MISSING_CODE)
        engine = engine_of(asked.language, self._language)
        report = await _read(call, engine, asked.code)
        if isinstance(report, Answer):
            return report
        if engine == "javascript":
            if report.problems:
                return refused(400, problem_text(report.problems[0]))
            return told(_named(report.imports or ()) if self._maps_javascript else True)
        wrong = _forbidden(report.imports or (), ()) or next(map(problem_text, report.problems), "")
        return refused(400, wrong) if wrong else told(_modules(report.imports or ()))


class ExtractLibraries:
    """POST /extract-libs and /extractLibs: what code imports. Of JavaScript, no import is refused: all are libraries."""

    def __init__(self, language: str) -> None:
        """`language` is that of code that comes without."""
        self._language = language
        self._decoder = msgspec.json.Decoder(CodeToRead)

    async def __call__(self, call: Call) -> Answer:
        """200 with the imports; 400 where the code cannot be read, or imports what it may not."""
        asked = decode(self._decoder, call.body, "code to read the imports of")
        if not isinstance(asked.code, str) or not asked.code:
            return refused(400, _CODE_IS_MISSING)
        also = asked.additional_libraries or ()
        if len(also) > _MOST_LIBRARIES:
            return refused(400, f"additionalLibraries: {len(also)} are too many; at most {_MOST_LIBRARIES}")
        engine = engine_of(asked.language, self._language)
        report = await _read(call, engine, asked.code)
        if isinstance(report, Answer):
            return report
        if engine == "javascript":
            return told(_named(report.imports or ()))
        wrong = _forbidden(report.imports or (), frozenset(also), everything=bool(asked.validate_imports))
        return refused(400, wrong) if wrong else told(_modules(report.imports or ()))


async def _read(call: Call, engine: str, code: str) -> Report | Answer:
    """What a loose check of the code tells; the answer, where it cannot be read. Raises PlatformError."""
    trial = trial_of(call)
    if wrong := trial.too_large(code):
        return refused(400, wrong)
    report: Report = await call.parts.pool.check(trial.workspace, engine, code, "code", _ANY_LIBRARY)
    if report.imports is None:
        return refused(400, problem_text(report.problems[0]) if report.problems else "the code cannot be read")
    return report


def _forbidden(imports: Sequence[Imported], also: Collection[str], *, everything: bool = True) -> str:
    """Why the first import that may not be is refused; "" where there is none. Relative ones may never be."""
    if any(one.module.startswith(".") for one in imports):
        return _RELATIVE
    for one in imports:
        if everything and not (one.offered or one.module in also or _ships(one.module)):
            return f"Import of '{one.module}' is not allowed."
    return ""


def _ships(module: str) -> bool:
    """Whether a module is one of our own library, as Python code imports it."""
    reference = module.replace(".", "/")
    transform = shelf.find(reference) if reference in shelf.names() else None
    return transform is not None and "python" in transform.sources


def _modules(imports: Sequence[Imported]) -> dict[str, list[str]]:
    """The modules as Python code writes them; what is taken from them is not said."""
    return {one.module: [] for one in imports}


def _named(imports: Sequence[Imported]) -> dict[str, list[str]]:
    """The modules as JavaScript code writes them, with what is taken from each."""
    found: dict[str, dict[str, None]] = {}
    for one in imports:
        found.setdefault(one.module, {}).update(dict.fromkeys(one.names))
    return {module: list(names) for module, names in found.items()}
