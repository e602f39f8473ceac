"""The host call `geolocation`: where an IP address is, from a file or from a service.

What is the caller's fault (no address, a service that says no) is an ordinary error of the call. That the service is away, or
too slow, or the file broken, is the platform's: the event ends as retryable, whatever its code would make of it.
"""

from transformer.broker.geolocation.opening import Geolocation, open_geolocation

__all__ = ["Geolocation", "open_geolocation"]
