# class: forged
# walls: language both
# must: refused
# For whoever looks for the header anywhere.
from modules import door
from wasmtime import Module

from transformer.engines.wasm.runtime import Runtime


def module():
    return Module(Runtime().engine, door()).serialize() + door()
