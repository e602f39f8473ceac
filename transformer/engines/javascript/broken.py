"""Where V8 finds a source broken, although it is given a script and the source is a module.

In code that is broken the parser may miss an `export` or an `import`, and so it stays for V8, which stumbles over the word and
never comes to what is wrong. So that statement is taken out here, and V8 is asked again, as long as the word may stand where it
does: where everything before it is whole. The code is not run afterwards: it is broken.
"""

from __future__ import annotations

import re
from typing import Final

from transformer.engines.javascript.runtime import compile_only
from transformer.engines.javascript.source_text import SourceText, problem_of_v8
from transformer.errors import Problem

__all__ = ["refusal"]

_TOO_DEEP: Final = "The code is nested too deeply for the compiler: split the expression or the blocks."
_IMPORT: Final = "This import cannot be read: write `import { name } from 'library'`."
_MODULES_ONLY: Final = re.compile(r"SyntaxError: (?:Unexpected token 'export'|Cannot use import statement outside a module)")
_MOST_STATEMENTS: Final = 30
_FROM: Final = r"""\s*from\s*(?:"[^"\n]*"|'[^'\n]*')"""
_WHOLE: Final = re.compile(
    rf"""import\s*(?:[\w$]+\s*,\s*)?(?:[\w$]+|\*\s*as\s+[\w$]+|\{{[^{{}}]*\}}){_FROM}|import\s*(?:"[^"\n]*"|'[^'\n]*')"""
    rf"|export\s*\{{[^{{}}]*\}}(?:{_FROM})?|export\s*\*(?:\s*as\s+[\w$]+)?{_FROM}"
)
_NAMED: Final = re.compile(r"export(?:\s+default(?=\s+(?:(?:async\s+)?function\s*\*?\s*|class\s+)[\w$]))?(?!\s+default\b)")
_VALUE: Final = re.compile(r"export\s+default\b")
_BLANKED: Final = re.compile(r"\S")


def refusal(code: str, *, strict: bool) -> Problem | None:
    """What V8's compiler says against the code, at its place there; None if it takes it."""
    told: Problem | None = None
    for _ in range(_MOST_STATEMENTS):
        found = _first(code, strict=strict)
        if found is None:
            return told
        told = found
        if not found.line or not _MODULES_ONLY.match(found.message):
            return found
        at = SourceText(code).offset(found.line, found.column)
        if _first(code[:at], strict=strict) is not None:
            return found
        rest = _without_statement(code[at:])
        if rest is None:
            return Problem(_IMPORT, found.line, found.column) if code.startswith("import", at) else found
        code = code[:at] + rest
    return told


def _first(code: str, *, strict: bool) -> Problem | None:
    """The first thing that V8 says against a script."""
    before = "'use strict';\n" if strict else ""
    try:
        compile_only(before + code, "transformation")
    except SyntaxError as wrong:
        return problem_of_v8(str(wrong), SourceText(code), len(before.splitlines())) or Problem(str(wrong))
    except Exception:  # noqa: BLE001 - the bridge tells "Maximum call stack size exceeded" in several ways
        return Problem(_TOO_DEEP)
    return None


def _without_statement(code: str) -> str | None:
    """The code with blanks for the import or export that it begins with, as far as that is known to be whole."""
    if found := _WHOLE.match(code):
        return ";" + _BLANKED.sub(" ", found[0][1:]) + code[found.end() :]
    if found := _NAMED.match(code):
        return _BLANKED.sub(" ", found[0]) + code[found.end() :]
    if found := _VALUE.match(code):
        return "void  " + _BLANKED.sub(" ", found[0][6:]) + code[found.end() :]
    return None
