# class: forged
# walls: language both
# must: refused
# The same, and its first instruction is another one.
from modules import door
from wasmtime import Module

from transformer.engines.wasm.runtime import Runtime


def module():
    made = bytearray(Module(Runtime().engine, door()).serialize())
    at = made.index(b"\x55\x48\x89\xe5") if b"\x55\x48\x89\xe5" in made else len(made) // 2
    made[at : at + 4] = b"\x0f\x0b\x0f\x0b"
    return made
