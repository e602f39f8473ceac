"""The JavaScript engine: V8 through STPyV8's native module, text in and text out."""
