"""Publishing a library of a workspace: checked and loaded first, in a confined worker, as production will."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from transformer.engines.base import Library, Surroundings
from transformer.errors import CallerError, Problem
from transformer.library.manifest import ENGINES_OF_LIBRARIES
from transformer.library.pins import too_large
from transformer.limits import Limits
from transformer.pool import Batch, Plan, Step
from transformer.registry import names, probe, store_libraries
from transformer.registry.checks import check_code
from transformer.registry.publish import Tries, refuse_if
from transformer.registry.records import Call, LibraryVersion
from transformer.registry.store import Store

__all__ = ["publish_library"]

_TRIAL: Final = {
    "python": "import {handle}\n\n\ndef transformEvent(event, metadata):\n    return event\n",
    "javascript": 'import "{handle}";\n\nexport const transformEvent = (event) => event;\n',
}


async def publish_library(
    pool: Tries,
    store: Store,
    workspace: str,
    handle: str,
    engine: str,
    source: str,
    *,
    limits: Limits,
    call: Call,
) -> LibraryVersion:
    """Make code the next version of a library.

    Raises:
        CallerError: CODE_REFUSED with `problems`; BAD_REQUEST; NOT_FOUND: the workspace.
        PlatformError: the code could not be tried, or the database is not available. Nothing was stored.
    """
    names.check_handle(handle, "handle")
    if engine not in ENGINES_OF_LIBRARIES:
        raise CallerError.about("engine", f'"{engine[:63]}" has no libraries; engines: {", ".join(ENGINES_OF_LIBRARIES)}')
    await asyncio.to_thread(check_code, engine, source, limits)
    imported, known = await store.ask(store.libraries.pins, workspace, engine, source)
    refuse_if(too_large(imported, limits.code_bytes))
    if circle := _circle(handle, imported):
        refuse_if([Problem(f"libraries import each other in a circle: {' → '.join(circle)}")])
    name = f"workspaces/{workspace}/libraries/{handle}/versions/draft"
    report = await pool.check(workspace, engine, source, name, Surroundings(imported, known, library=True))
    refuse_if(report.problems)
    refuse_if(await _loaded(pool, workspace, handle, engine, source, imported, limits))
    return await store.ask(store.libraries.add, workspace, handle, engine, source, imported, call=call)


def _circle(handle: str, imported: Collection[Library]) -> list[str]:
    """The way from a library back to itself, over what it imports; empty where there is none."""
    by_hash = {library.hash: library for library in imported}

    def way(library: Library) -> list[str]:
        if library.name == handle:
            return [handle]
        rests = (way(by_hash[of]) for of in library.imports.values())
        rest = next(filter(None, rests), [])
        return [library.name, *rest] if rest else []

    ways = (way(library) for library in imported if library.direct)
    found = next(filter(None, ways), [])
    return [handle, *found] if found else []


async def _loaded(
    pool: Tries, workspace: str, handle: str, engine: str, source: str, imported: tuple[Library, ...], limits: Limits
) -> list[Problem]:
    """What goes wrong when a program imports the library. Raises PlatformError: it could not be tried."""
    digest = store_libraries.content_hash(engine, source, imported)
    inner = tuple(replace(library, direct=False) for library in imported)
    imports = {library.name: library.hash for library in imported if library.direct}
    draft = Library(handle, digest, source, imports=imports, direct=True)
    trial = Step(f"trial {digest}", engine, handle, _TRIAL[engine].format(handle=handle), libraries=(*inner, draft))
    ledger = await pool.run(Plan(workspace, (trial,), limits), Batch([b"{}"]))
    probe.blame(ledger)
    return [Problem(failure.message) for failure in ledger.failures.values()]
