# class: forged
# walls: language both
# must: refused
# Machine code, which the runtime itself would load without a look at it.
from modules import door
from wasmtime import Module

from transformer.engines.wasm.runtime import Runtime


def module():
    return Module(Runtime().engine, door()).serialize()
