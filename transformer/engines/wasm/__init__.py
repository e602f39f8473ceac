"""WebAssembly transformations, run by wasmtime."""
