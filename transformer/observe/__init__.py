"""Observation, wrapped around the work once: one log line per request. The work itself neither logs nor counts."""

from transformer.observe.log import Logger, open_log
from transformer.observe.requests import observed

__all__ = ["Logger", "observed", "open_log"]
