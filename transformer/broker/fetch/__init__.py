"""The host call `fetch`: HTTP for code that has no network, without lending it ours.

request    what code may ask for: its arguments, checked      rules      which hosts the operator allows each workspace
addresses  which addresses may be connected to                resolver   names to allowed addresses, once
names      what the operator says of names                    exchange   how far one has come, and its answer
client     one exchange with one host                         body       its answer, read no further than allowed
handler    the whole call: redirects, time, errors            cache      answers that code asked to keep
room       how many calls at once                             breaker    hosts that do not answer are left alone
"""

from transformer.broker.fetch.handler import Fetch

__all__ = ["Fetch"]
