"""The guest: what runs on the other side of the process wall.

`__main__` is the zygote: it imports what workers need, once, and forks them. `lockdown` locks a worker's door, `turn` runs
batches behind it, `progress` is the mark by which the host sees what a worker is at.

Nothing here may import the host (`transformer.pool` and what lies before it), gRPC or protobuf: a law test reads the imports
and another one looks at what a fresh guest has loaded.
"""
