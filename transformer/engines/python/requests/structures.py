"""Headers that know no case, and the names of status codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final

from transformer.engines.python.guards import open_to_programs

__all__ = ["CODES", "CaseInsensitiveDict", "Codes"]


@open_to_programs
class CaseInsensitiveDict(MutableMapping[str, Any]):
    """A mapping whose keys are texts, found in any case and kept in the one that was written last."""

    def __init__(self, data: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, **named: Any) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}
        self.update(data or {}, **named)

    def __setitem__(self, key: str, value: Any) -> None:
        self._kept[key.lower()] = (key, value)

    def __getitem__(self, key: str) -> Any:
        return self._kept[key.lower()][1]

    def __delitem__(self, key: str) -> None:
        del self._kept[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.lower_items()) == dict(CaseInsensitiveDict(other).lower_items())

    __hash__ = None  # type: ignore[assignment]  # as of every mapping that can be changed

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def lower_items(self) -> Iterator[tuple[str, Any]]:
        """The items, with keys in lower case."""
        return ((key, value) for key, (_, value) in self._kept.items())

    def copy(self) -> CaseInsensitiveDict:
        """Another one with the same items."""
        return CaseInsensitiveDict(self._kept.values())


_NAMES: Final[dict[int, str]] = {
    100: "continue",
    101: "switching_protocols",
    102: "processing",
    103: "early_hints",
    200: "ok okay all_ok all_okay all_good",
    201: "created",
    202: "accepted",
    203: "non_authoritative_info non_authoritative_information",
    204: "no_content",
    205: "reset_content reset",
    206: "partial_content partial",
    207: "multi_status multiple_status",
    208: "already_reported",
    226: "im_used",
    300: "multiple_choices",
    301: "moved_permanently moved",
    302: "found",
    303: "see_other other",
    304: "not_modified",
    305: "use_proxy",
    306: "switch_proxy",
    307: "temporary_redirect temporary_moved temporary",
    308: "permanent_redirect resume_incomplete resume",
    400: "bad_request bad",
    401: "unauthorized",
    402: "payment_required payment",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed not_allowed",
    406: "not_acceptable",
    407: "proxy_authentication_required proxy_auth proxy_authentication",
    408: "request_timeout timeout",
    409: "conflict",
    410: "gone",
    411: "length_required",
    412: "precondition_failed precondition",
    413: "request_entity_too_large content_too_large",
    414: "request_uri_too_large uri_too_long",
    415: "unsupported_media_type unsupported_media media_type",
    416: "requested_range_not_satisfiable requested_range range_not_satisfiable",
    417: "expectation_failed",
    418: "im_a_teapot teapot i_am_a_teapot",
    421: "misdirected_request",
    422: "unprocessable_entity unprocessable unprocessable_content",
    423: "locked",
    424: "failed_dependency dependency",
    425: "unordered_collection unordered too_early",
    426: "upgrade_required upgrade",
    428: "precondition_required",
    429: "too_many_requests too_many",
    431: "header_fields_too_large fields_too_large",
    444: "no_response none",
    449: "retry_with retry",
    451: "unavailable_for_legal_reasons legal_reasons",
    499: "client_closed_request",
    500: "internal_server_error server_error",
    501: "not_implemented",
    502: "bad_gateway",
    503: "service_unavailable unavailable",
    504: "gateway_timeout",
    505: "http_version_not_supported http_version",
    506: "variant_also_negotiates",
    507: "insufficient_storage",
    509: "bandwidth_limit_exceeded bandwidth",
    510: "not_extended",
    511: "network_authentication_required network_auth network_authentication",
}


class Codes:
    """Status codes by name: `codes.ok`, `codes["not_found"]`, `codes.NOT_FOUND`."""

    def __init__(self) -> None:
        for code, names in _NAMES.items():
            for name in names.split():
                self.__dict__[name] = self.__dict__[name.upper()] = code

    def __getitem__(self, name: str) -> int | None:
        return self.get(name)

    def get(self, name: str, default: int | None = None) -> int | None:
        """The code of this name."""
        return self.__dict__.get(name, default)

    def __repr__(self) -> str:
        return "<lookup 'status_codes'>"


CODES: Final = Codes()
