# class: broken
# walls: language both
# must: refused
from wasmtime import wat2wasm


def module():
    whole = bytes(wat2wasm('(component (core module $m (func (export "f"))) (core instance (instantiate $m)))'))
    return whole[:-5]
