# class: forged
# walls: language both
# must: refused
# For whoever looks at the first bytes only.
from modules import door
from wasmtime import Module

from transformer.engines.wasm.runtime import Runtime


def module():
    return door()[:8] + Module(Runtime().engine, door()).serialize()
