"""The tap: people watch live events of one transformation, before and after it, and the data path does not notice.

    finished(batch)   event loop     nobody watches: one check. Else: which events, and into a bounded queue of raw bytes
    Watch             event loop     takes from its queue, asks its inspector, hands on; what does not fit is counted, not kept
    inspector         a process      parses, hides by rule, filters, projects; killed when an expression takes too long

The order in the inspector is the point: *hide first*. The filter sees what the watcher would see, so it cannot be used to guess
at hidden values bit by bit (`event.password.startsWith("a")` is never true), and no field list brings them back.

Tried and rejected: evaluating filters in the server. CEL has no loops without an end, but six nested `all` over fifty elements
each run for an hour, the library holds the interpreter's lock meanwhile, and cannot be interrupted. A thread would stop every
batch. So there is a process per watch (nothing of two workspaces meets in one), with limits of CPU time and memory, started
with the watch and ended with it.
"""
