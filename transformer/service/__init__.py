"""The gRPC service: requests in, plans for the pool, answers out.

serving        a process that serves until a signal                   (process/ is what it asks of its system)
server         builds the parts, listens, drains                       (beside: other doors of the same server)
transform      the data path: one batch, or a stream of them
batches        runs planned work, whichever door it came through
planning       which versions run which events, under which limits     (asks registry/)
registry       the registry's methods                                  (resources turns its records into messages)
interceptors   around every method, once: errors, deadlines, log line
health         who may send traffic here
"""

from transformer.service.server import Server
from transformer.service.serving import run, serve

__all__ = ["Server", "run", "serve"]
