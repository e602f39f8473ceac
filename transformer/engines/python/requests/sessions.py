"""`Session`, `HTTPAdapter`, and the functions that use a new session for every call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

from transformer.engines.python.guards import open_to_programs
from transformer.engines.python.requests.cookies import RequestsCookieJar, cookiejar_from_dict
from transformer.engines.python.requests.exceptions import InvalidSchema
from transformer.engines.python.requests.models import PreparedRequest
from transformer.engines.python.requests.prepare import Request, default_headers, hooks_of, merged, prepare
from transformer.engines.python.requests.retry import Retry
from transformer.engines.python.requests.sending import Door, Options, deliver
from transformer.engines.python.requests.structures import CaseInsensitiveDict
from transformer.engines.python.text import Refused

__all__ = ["BaseAdapter", "HTTPAdapter", "SessionBase", "make_functions", "make_session"]

_POOL: Final = 10


@open_to_programs
class BaseAdapter:
    """What may be mounted on a session."""

    def send(self, request: Any, **_options: Any) -> Any:  # noqa: ARG002 - the argument of requests
        """Refused: the platform sends."""
        raise Refused("HTTPAdapter.send() is not supported: the platform sends; use the methods of a session")

    def close(self) -> None:
        """Nothing."""


@open_to_programs
class HTTPAdapter(BaseAdapter):
    """A policy of retries, to be mounted on a session. All else about it is the platform's: its pool, and how it sends."""

    def __init__(
        self,
        pool_connections: int = _POOL,
        pool_maxsize: int = _POOL,
        max_retries: Any = 0,
        pool_block: bool = False,
        **_options: Any,
    ) -> None:
        self.max_retries = Retry(0, read=False) if max_retries == 0 else Retry.from_int(max_retries)
        self.pool_connections, self.pool_maxsize, self.pool_block = pool_connections, pool_maxsize, pool_block

    def init_poolmanager(self, *_args: Any, **_options: Any) -> None:
        """Nothing: the pool is the platform's."""


@open_to_programs
class SessionBase:
    """Headers, auth, parameters, cookies and retries for several calls. They belong to whoever made it."""

    def __init__(self) -> None:
        self.headers: Any = default_headers()
        self.auth: Any = None
        self.proxies: Any = {}
        self.hooks: Any = {"response": []}
        self.params: Any = {}
        self.stream = False
        self.verify: Any = True
        self.cert: Any = None
        self.max_redirects = 30
        self.trust_env = False
        self.cookies: Any = RequestsCookieJar()
        self.adapters: Any = OrderedDict()
        for prefix in ("https://", "http://"):
            self.adapters[prefix] = HTTPAdapter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing: connections are the platform's."""

    def mount(self, prefix: str, adapter: Any) -> None:
        """Use the adapter's policy of retries for URLs that begin with `prefix`. The longest prefix counts."""
        self.adapters[prefix] = adapter
        for shorter in [each for each in self.adapters if len(each) < len(prefix)]:
            self.adapters[shorter] = self.adapters.pop(shorter)

    def get_adapter(self, url: str) -> Any:
        """The adapter for this URL."""
        for prefix, adapter in self.adapters.items():
            if url.lower().startswith(prefix.lower()):
                return adapter
        raise InvalidSchema("No connection adapters were found: mount one for http:// or https://.")

    def prepare_request(self, request: Any) -> PreparedRequest:
        """The request with all that the session adds."""
        hooks = hooks_of(request.hooks)["response"] or hooks_of(self.hooks)["response"]
        whole = Request(
            request.method,
            request.url,
            merged(request.headers, self.headers, CaseInsensitiveDict),
            request.files,
            request.data,
            merged(request.params, self.params),
            self.auth if request.auth is None else request.auth,
            request.cookies,
            {"response": hooks},
            request.json,
        )
        return prepare(whole, (cookiejar_from_dict(self.cookies),))

    def request(
        self,
        method: str,
        url: Any,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        cookies: Any = None,
        files: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = True,
        proxies: Any = None,  # noqa: ARG002 - there are no proxies
        hooks: Any = None,
        stream: Any = None,  # noqa: ARG002 - bodies are in memory
        verify: Any = None,
        cert: Any = None,  # noqa: ARG002 - there are no files
        json: Any = None,
    ) -> Any:
        """Ask, and return the response."""
        asked = Request(method, url, headers, files, data, params, auth, cookies, hooks, json)
        prepared = self.prepare_request(asked)
        return self.send(prepared, timeout=timeout, allow_redirects=allow_redirects, verify=verify)

    def send(self, request: Any, **_options: Any) -> Any:  # noqa: ARG002 - the argument of requests
        """Send what was prepared. The class that programs get knows how."""
        raise Refused("Session.send() is not supported on this class: use requests.Session")

    def get(self, url: Any, **options: Any) -> Any:
        """GET."""
        return self.request("GET", url, **options)

    def options(self, url: Any, **options: Any) -> Any:
        """OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def head(self, url: Any, **options: Any) -> Any:
        """HEAD, without following redirects."""
        return self.request("HEAD", url, **{"allow_redirects": False, **options})

    def post(self, url: Any, data: Any = None, json: Any = None, **options: Any) -> Any:
        """POST."""
        return self.request("POST", url, data=data, json=json, **options)

    def put(self, url: Any, data: Any = None, **options: Any) -> Any:
        """PUT."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: Any, data: Any = None, **options: Any) -> Any:
        """PATCH."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: Any, **options: Any) -> Any:
        """DELETE."""
        return self.request("DELETE", url, **options)


def make_session(door: Door) -> tuple[type[SessionBase], type[SessionBase]]:
    """The class `Session` of one program, and the class of the session that a single call has, which is not counted.

    Only their `send` knows the way to the host, and nothing leads to it from there.
    """
    count = door.count

    @open_to_programs
    class Call(SessionBase):
        """One call's."""

        def send(
            self, request: Any, timeout: Any = None, allow_redirects: bool = True, verify: Any = None, **_options: Any
        ) -> Any:
            """Send what was prepared. `session.verify` does not count, only the call's own `verify=False`."""
            if not isinstance(request, PreparedRequest):
                raise ValueError("You can only send PreparedRequests.")  # noqa: TRY004 - what requests raises
            retry = getattr(self.get_adapter(str(request.url)), "max_retries", None)
            if self.verify is False and verify is not False:
                count("ignored_session_verify")
            options = Options(
                timeout, bool(allow_redirects), int(self.max_redirects), verify is not False, retry=retry, rules="requests"
            )
            response: Any = deliver(door, request, options)
            cookiejar_from_dict(response.cookies, self.cookies)
            for hook in hooks_of(request.hooks)["response"]:
                changed = hook(response, timeout=timeout, verify=verify, stream=False)
                response = response if changed is None else changed
            return response

    @open_to_programs
    class Session(Call):
        """Headers, auth, parameters, cookies and retries for several calls. They belong to whoever made it."""

        def __init__(self) -> None:
            super().__init__()
            count("sessions")

        def mount(self, prefix: str, adapter: Any) -> None:
            """Use the adapter's policy of retries for URLs that begin with `prefix`. The longest prefix counts."""
            super().mount(prefix, adapter)
            count("mounts")
            for ignored in _ignored_of(adapter):
                count(ignored)

    Session.__qualname__, Call.__qualname__ = "Session", "Call"
    return Session, Call


def _ignored_of(adapter: object) -> Iterator[str]:
    """What an adapter says that the platform does not heed."""
    held = vars(adapter) if isinstance(adapter, HTTPAdapter) else {}
    for name in ("pool_maxsize", "pool_connections"):
        if type(held.get(name)) is int and held[name] != _POOL:
            yield f"ignored_{name}"
    if any("send" in vars(each) for each in type(adapter).__mro__ if each not in {HTTPAdapter, BaseAdapter}):
        yield "ignored_send"


def make_functions(session: type[SessionBase], call: type[SessionBase]) -> dict[str, Callable[..., Any]]:
    """`requests.get` and its like: each call has a session of its own, so nothing stays of it."""

    def request(method: str, url: Any, **options: Any) -> Any:
        """Ask, and return the response."""
        return call().request(method, url, **options)

    def get(url: Any, params: Any = None, **options: Any) -> Any:
        """GET."""
        return call().get(url, params=params, **options)

    def verb(method: Any) -> Callable[..., Any]:
        def ask(url: Any, *args: Any, **options: Any) -> Any:
            return method(call(), url, *args, **options)

        ask.__name__, ask.__doc__ = method.__name__, method.__doc__
        return ask

    def make() -> Any:
        """A new session."""
        return session()

    verbs = (session.options, session.head, session.post, session.put, session.patch, session.delete)
    make.__name__ = "session"
    functions: tuple[Any, ...] = (request, get, make, *map(verb, verbs))
    for each in functions:
        each.__qualname__ = each.__name__
    return {each.__name__: each for each in functions}
