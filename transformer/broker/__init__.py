"""The host's side of host calls: what sandboxed code asks for is looked up, fetched and kept here, never by the code itself.

`broker` holds a call against what its version declared, gives it a time, and hands it to the handler of its kind; `opening`
lists the handlers. A handler reaches one thing (the network, a store) and knows nothing of workers.
"""

from transformer.broker.broker import Broker, Handler

__all__ = ["Broker", "Handler"]
