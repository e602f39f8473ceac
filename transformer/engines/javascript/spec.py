"""The JavaScript engine as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["JAVASCRIPT"]

JAVASCRIPT: Final = EngineSpec(
    name="javascript",
    summary="V8, one context per version, in a confined process; TypeScript's types are taken away.",
    suffixes=(".js", ".mjs", ".ts"),
    module="transformer.engines.javascript.engine",
    probe="export function transformEvent(event, metadata) {\n  return event;\n}\n",
    requires=("_STPyV8", "tree_sitter", "tree_sitter_javascript", "tree_sitter_typescript", "ada_url"),
    extra="javascript",
    # Where the processor has protection keys, V8 gives its pages of machine code one. Nothing else was asked for in a locked
    # worker: heap, machine code, regular expressions, dates, promises and timers make do with what CPython needs.
    # And an abort, which is what a failed allocation in C++ ends in, signals itself; refused, it would end as a crash.
    system_calls=("pkey_mprotect", "tgkill"),
    code_pages=True,
    heavy=True,
    # V8 ends its process when its heap is full, by breakpoint or illegal instruction as the compiler saw fit, or by abort.
    memory_signals=frozenset({"SIGTRAP", "SIGILL", "SIGABRT"}),
)
