"""The gateway: what data planes of today ask over HTTP, answered by the service that answers gRPC.

server       where it listens, and how it ends                     (tls: what of TLS is renewed)
app          a request becomes a call, an error becomes an answer
routes       which path is whose, and who may ask it
endpoints    what answers a call
running      work, run such that a data plane can live with the answer
code         where code comes from, and how it becomes plans
replies      bytes of answers, in the shapes that data planes decode
requests     bodies as they arrive, and what an endpoint gets to know

Read from the bottom, each imports only what stands below it; beside the way of a request, `description` says what is served and
`survey` looks at what a data plane runs before it comes here. It is thin: no event is parsed here, and whatever runs runs
through `transformer.service.batches`.
"""

from transformer.gateway.server import open_gateway

__all__ = ["open_gateway"]
