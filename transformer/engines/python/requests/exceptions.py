"""What goes wrong with a request, in the hierarchy that `except` clauses of existing code know."""

# ruff: noqa: N818 - the names that existing code knows

from __future__ import annotations

import json
from typing import Any, Final

__all__ = [
    "EXCEPTIONS",
    "ChunkedEncodingError",
    "ConnectTimeout",
    "ConnectionError",
    "ContentDecodingError",
    "HTTPError",
    "InvalidHeader",
    "InvalidJSONError",
    "InvalidSchema",
    "InvalidURL",
    "JSONDecodeError",
    "MissingSchema",
    "ReadTimeout",
    "RequestException",
    "RetryError",
    "SSLError",
    "Timeout",
    "TooManyRedirects",
]


class RequestException(IOError):
    """Something went wrong with a request."""

    def __init__(self, *args: object, request: Any = None, response: Any = None) -> None:
        super().__init__(*args)
        self.response = response
        self.request = response.request if request is None and hasattr(response, "request") else request


class InvalidJSONError(RequestException):
    """Something is no JSON."""


class JSONDecodeError(InvalidJSONError, json.JSONDecodeError):
    """The body of a response is no JSON."""

    def __init__(self, msg: str, doc: str, pos: int) -> None:
        json.JSONDecodeError.__init__(self, msg, doc, pos)
        RequestException.__init__(self, *self.args)

    __str__ = ValueError.__str__


class HTTPError(RequestException):
    """A response that says no, by its status."""


class ConnectionError(RequestException):  # noqa: A001 - the name that existing code knows
    """The other side cannot be reached, or may not be."""


class ProxyError(ConnectionError):
    """There are no proxies: it is never raised."""


class SSLError(ConnectionError):
    """The certificate of the other side cannot be trusted."""


class Timeout(RequestException):
    """It took too long."""


class ConnectTimeout(ConnectionError, Timeout):
    """It took too long to connect; nothing was sent."""


class ReadTimeout(Timeout):
    """It took too long to answer."""


class URLRequired(RequestException):
    """There is no URL."""


class TooManyRedirects(RequestException):
    """The other side sent us on too often."""


class MissingSchema(RequestException, ValueError):
    """The URL has no scheme, as https."""


class InvalidSchema(RequestException, ValueError):
    """The scheme of the URL is neither http nor https."""


class InvalidURL(RequestException, ValueError):
    """The URL makes no sense."""


class InvalidHeader(RequestException, ValueError):
    """A header makes no sense."""


class InvalidProxyURL(InvalidURL):
    """There are no proxies: it is never raised."""


class ChunkedEncodingError(RequestException):
    """The other side broke off in its answer."""


class ContentDecodingError(RequestException):
    """The body of a response cannot be unpacked."""


class StreamConsumedError(RequestException, TypeError):
    """Bodies are in memory: it is never raised."""


class RetryError(RequestException):
    """It was tried as often as the policy of retries says."""


class UnrewindableBodyError(RequestException):
    """Bodies are in memory: it is never raised."""


class RequestsWarning(Warning):
    """A warning."""


class FileModeWarning(RequestsWarning, DeprecationWarning):
    """There are no files: it is never issued."""


class RequestsDependencyWarning(RequestsWarning):
    """It is never issued."""


EXCEPTIONS: Final[dict[str, Any]] = {
    name: thing
    for name, thing in globals().copy().items()
    if isinstance(thing, type) and issubclass(thing, (RequestException, RequestsWarning))
}
"""By name."""

for _each in EXCEPTIONS.values():
    _each.__module__ = "requests.exceptions"
