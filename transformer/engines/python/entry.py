"""Finds the entry point of a program by reading it, and what is wrong with its signature.

A check must not run the code, so it reads the tree: it warns, and refuses only what cannot work.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transformer.engines.base import EntryPoint
from transformer.errors import Problem

__all__ = [
    "ENTRY_POINTS",
    "NO_ENTRY_POINT",
    "bound_at_top",
    "find_entry_point",
    "reads_metadata",
    "signature_problem",
    "top_level_function",
]

ENTRY_POINTS: tuple[EntryPoint, EntryPoint] = ("transformBatch", "transformEvent")
"""In the order of their precedence."""

NO_ENTRY_POINT = (
    "There is no entry point: define transformEvent(event, metadata), which is called for each event, "
    "or transformBatch(events, metadata), "
    "which is called for the whole batch."
)


def find_entry_point(tree: ast.Module) -> EntryPoint | None:
    """The name that a module binds at its top level, `transformBatch` first."""
    bound = set(bound_at_top(tree.body))
    return next((name for name in ENTRY_POINTS if name in bound), None)


def bound_at_top(body: list[ast.stmt]) -> Iterator[str]:
    """The names that these statements of a top level bind."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in statement.names)
        else:
            yield from (
                each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )
            yield from (each.name for each in ast.walk(statement) if isinstance(each, (ast.FunctionDef, ast.ClassDef)))


def top_level_function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function of this name, if exactly one plain definition at the top level is all that binds it."""
    found = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
    return (
        found[0] if len(found) == 1 and not found[0].decorator_list and list(bound_at_top(tree.body)).count(name) == 1 else None
    )


def signature_problem(function: ast.FunctionDef) -> Problem | None:
    """What is wrong with the arguments of an entry point, or None: it gets (event, metadata), or one if it takes one."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    required = len(positional) - len(args.defaults)
    keywords = [arg.arg for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is None]
    what = "events" if function.name == "transformBatch" else "event"
    if required > 2 or keywords or (not positional and not args.vararg):
        message = f"{function.name} is called with ({what}, metadata): let it take these two arguments."
        return Problem(message, function.lineno, function.col_offset + 1)
    return None


def reads_metadata(tree: ast.Module, name: str) -> bool:
    """False only if it is certain that the entry point never touches its metadata argument."""
    function = top_level_function(tree, name)
    if function is None or function.args.vararg:
        return True
    positional = [*function.args.posonlyargs, *function.args.args]
    if len(positional) < 2:
        return False
    second = positional[1].arg
    return any(isinstance(each, ast.Name) and each.id == second for each in ast.walk(function))
