"""Observation, wrapped around the work once: a log line, counts and spans per request. The work itself neither logs nor counts.

requests   around every request: its line, its counts, its span       trip        what is known of the request that runs
metrics    counts, of requests and of the pool                        table       every metric, and what it means
exposition the counts as Prometheus reads them                        endpoint    GET /metrics
traces     spans that continue the caller's trace                     log         where lines go
"""

from transformer.observe.log import Logger, open_log
from transformer.observe.metrics import Metrics
from transformer.observe.requests import Observer
from transformer.observe.serving import Observation

__all__ = ["Logger", "Metrics", "Observation", "Observer", "open_log"]
