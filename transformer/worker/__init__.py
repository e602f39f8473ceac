"""The guest: what runs on the other side of the process wall.

`zygote` imports what workers need, once, and forks them (`__main__`, `namespaces`: apart from everybody, where the system
grants it). `lockdown` locks a worker's door, `serve` is its life behind it, `turn` runs one batch: `json_values` in and
out, `metadata` when code asks, `attribution` for batch functions, an `outbox` for the outcomes. `progress` is the mark by which
the host sees what a worker is at.

Nothing here may import the host (`transformer.pool` and what lies before it), gRPC or protobuf: a law test reads the imports
and another one looks at what a fresh guest has loaded.
"""
