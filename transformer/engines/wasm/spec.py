"""The WebAssembly engine as the host sees it."""

from __future__ import annotations

from typing import Final

from transformer.engines.base import EngineSpec

__all__ = ["WASM"]

# The smallest guest: its answer is what it was given, where it was given it. As text:
#   (module (memory (export "memory") 1)
#     (func (export "allocate") (param i32) (result i32)
#       (if (i32.gt_u (local.get 0) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1024)))
#         (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 0) (i32.const 16)))))))
#       i32.const 1024)
#     (func (export "transformEvent") (param i32 i32) (result i64)
#       (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1)))))
_PROBE: Final = (
    "AGFzbQEAAAABDAJgAX8Bf2ACf38BfgMDAgABBQMBAAEHJgMGbWVtb3J5AgAIYWxsb2NhdGUAAA50cmFuc2Zvcm1FdmVudAABCjACIQAgAD8AQYCA"
    "BGxBgAhrSwRAQQEgAEEQdmpAABoLQYAICwwAIACtQiCGIAGthAs="
)

WASM: Final = EngineSpec(
    name="wasm",
    summary="wasmtime, a fresh instance for every batch, in a confined process.",
    suffixes=(".wasm",),
    module="transformer.engines.wasm.engine",
    counting_module="transformer.engines.wasm.counting",
    probe=_PROBE,
    requires=("wasmtime",),
    extra="wasm",
    # setitimer rings when a call has had its time; recvmsg takes descriptors of artefacts. And an abort, which is what a failed
    # allocation in Rust ends in, signals itself.
    system_calls=("setitimer", "recvmsg", "tgkill"),
    code_pages=True,
    binary=True,
    heavy=True,
    keeps_time=True,
    memory_signals=frozenset({"SIGABRT"}),
)
