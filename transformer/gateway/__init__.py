"""The gateway: what data planes of today ask over HTTP, answered by the service that answers gRPC.

server     where it listens, and how it ends
app        a request becomes a call, an error becomes an answer
routes     which path is whose, and who may ask it
reading    bodies as they arrive, bounded
bodies     items of a body, as slices of its bytes
answers    bytes of answers, in the shapes that data planes decode
calls      what an endpoint gets to know, and may ask of the service

It is thin: no event is parsed here, and whatever runs runs through `transformer.service.batches`.
"""

from transformer.gateway.server import open_gateway

__all__ = ["open_gateway"]
