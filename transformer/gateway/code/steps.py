"""Documents of a config backend become steps: in which language they are, what they import, what they may ask for.

Such code has no manifest. It may do what the settings of the operator let anybody do: fetch from any host that is public (and
from others, where `fetch_private` says so), ask for geolocation, and read the credentials that come with its events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
import orjson
from msgspec import Raw

from transformer.broker.redaction import Redactor
from transformer.capabilities import Capabilities
from transformer.gateway.code.sources import CodeSource, Document, import_name
from transformer.gateway.requests.bodies import is_absent, read
from transformer.library.pins import Own, named, pinned, too_large
from transformer.limits import Limits
from transformer.pool import Step

__all__ = [
    "CodeRefusedError",
    "language_of",
    "may_read_metadata",
    "note_secrets",
    "read_credentials",
    "refuse_large",
    "rudder_documents",
    "step_of",
]

_LANGUAGES: Final = {
    "javascript": "javascript",
    "js": "javascript",
    "typescript": "javascript",
    "python": "python",
    "pythonfaas": "python",
    "pythonwithlibs": "python",
}
_PYTHON_ENTRY: Final = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+transform(?:Event|Batch)\b", re.MULTILINE)
_JAVASCRIPT: Final = re.compile(r"\bfunction\b|=>|^[ \t]*(?:export|const|let|var)\b|[;{]\s*$", re.MULTILINE)
_PYTHON: Final = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class|import|from)[ \t]+[\w.]", re.MULTILINE)
_ENTRY: Final = re.compile(r"\b(?:def|function)\s+transformEvent\s*\(\s*[\w$]+\s*(?:,\s*([\w$]+)\s*)?\)")
_UNNAMED: Final = re.compile(
    r"\b(?:arguments|constructor|dir|eval|exec|Function|globalThis|inspect|locals|Reflect|transformBatch|vars)\b"
    r"|\\[uxN]|__|^[ \t]*@",
    re.MULTILINE,
)
_RUDDER: Final = re.compile(r"""["']@rs/([A-Za-z]+)/(v[0-9]{1,3})["']""")
_MOST_RUDDER: Final = 100
_MOST_CREDENTIALS: Final = 10_000
_CREDENTIALS: Final = msgspec.json.Decoder(list[Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, Any])
_LARGE: Final = 10**300


class CodeRefusedError(Exception):
    """The code cannot be run here, whatever the events: `told` says why."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


def language_of(document: Document, hint: str = "") -> str:
    """The engine for a document: by what it says, else by `hint`, what somebody else says, else by the code's looks.

    Raises:
        CodeRefusedError: it says a language that there is not.
    """
    said = (document.language or hint).strip().lower()
    if not said:
        return _looks_like(document.code)
    if said not in _LANGUAGES:
        raise CodeRefusedError(f"Error: there is no language {said[:40]!r}; there are javascript and python")
    return _LANGUAGES[said]


def _looks_like(code: str) -> str:
    if _PYTHON_ENTRY.search(code):
        return "python"
    return "python" if _PYTHON.search(code) and not _JAVASCRIPT.search(code) else "javascript"


async def rudder_documents(source: CodeSource, documents: Iterable[Document]) -> dict[str, Document]:
    """The libraries of RudderStack that code names, and those that these name, as it writes them.

    Raises:
        BackendError: one of them cannot be had.
        CodeRefusedError: there are too many.
    """
    found: dict[str, Document] = {}
    left = [document.code for document in documents]
    while left:
        for name, version in dict.fromkeys(_RUDDER.findall(left.pop())):
            written = f"@rs/{name}/{version}"
            if written not in found:
                if len(found) >= _MOST_RUDDER:
                    raise CodeRefusedError(f"Error: more than {_MOST_RUDDER} libraries of @rs are imported")
                found[written] = await source.rudder_library(name, version)
                left.append(found[written].code)
    return found


def step_of(
    document: Document,
    libraries: Sequence[Document] = (),
    rudder: Mapping[str, Document] | None = None,
    *,
    workspace: str = "",
    hint: str = "",
    mirrored: bool = False,
) -> Step:
    """The step that runs a document.

    Args:
        document: the code.
        libraries: those of its workspace; what it does not import does no harm.
        rudder: those of RudderStack, by how code writes them.
        workspace: the id that its name says.
        hint: the language, where the document does not say it.
        mirrored: nothing of it may reach the network.

    Raises:
        CodeRefusedError: it cannot be run here.
    """
    engine = language_of(document, hint)
    shelf = _shelf(engine, libraries, rudder or {})
    own: dict[str, Own] = {}
    for name in _names(engine, document.code, shelf):
        _take(name, engine, shelf, own, ())
    name = _named(workspace, document)
    legacy = engine == "javascript"
    capabilities = Capabilities(hosts=() if mirrored else ("*:*",), geolocation=True, legacy_fetch=legacy)
    digest = sha256(f"{engine} {name}\n{document.code}".encode("utf-8", "surrogatepass")).hexdigest()
    imported = pinned(engine, document.code, own)
    asks = may_read_metadata(document.code)
    return Step(digest, engine, name, document.code, asks, capabilities, imported, legacy=legacy)


def may_read_metadata(source: str) -> bool:
    """Whether code may look at metadata, as far as its text tells without being parsed: False only where it cannot.

    That is a `transformEvent` whose second parameter nothing else names, in code that has no way to reach it unnamed.
    """
    found = _ENTRY.findall(source)
    if len(found) != 1 or source.count("transformEvent") != 1 or not source.isascii() or _UNNAMED.search(source) is not None:
        return True
    # Scripts of version 0 have a global of that name.
    named = {"metadata", found[0]} - {""}
    return any(len(re.findall(rf"(?<![\w$]){re.escape(name)}(?![\w$])", source)) > (name == found[0]) for name in named)


def refuse_large(step: Step, limits: Limits) -> None:
    """Raises CodeRefusedError: the code, or what it imports, is larger than code may be."""
    if (size := len(step.source.encode("utf-8", "surrogatepass"))) > limits.code_bytes:
        raise CodeRefusedError(f"Error: the code has {size} bytes; the limit is {limits.code_bytes} (code_bytes)")
    for problem in too_large(step.libraries, limits.code_bytes):
        raise CodeRefusedError(f"Error: {problem.message} (four times code_bytes)")


def read_credentials(raw: Raw | bytes) -> dict[str, Any]:
    """What comes with events for getCredential: of a key that comes twice, the last value. Workers can be sent all of it."""
    return {one["key"]: _sendable(one.get("value")) for one in _credentials(raw)}


def note_secrets(redactor: Redactor, workspace: str, raw: Raw | bytes) -> None:
    """Have the values that are said to be secret hidden in what is told of events."""
    for one in _credentials(raw):
        if one.get("isSecret") is True and isinstance(value := one.get("value"), str):
            redactor.note(workspace, value)


def _sendable(value: Any) -> Any:
    """The value, or what is nearest to it that can be sent on: control planes let people write any JSON."""
    try:
        orjson.dumps(value)
    except TypeError:  # integers of more than 64 bits, or nesting that nobody could read
        return float(value) if isinstance(value, int) and abs(value) < _LARGE else None
    return value


def _credentials(raw: Raw | bytes) -> list[dict[str, Any]]:
    """Those that have a key; of anything else than a list of objects, none."""
    if is_absent(Raw(raw)):
        return []
    listed = read(_CREDENTIALS, raw, [])[:_MOST_CREDENTIALS]
    return [one for each in listed if isinstance((one := read(_OBJECT, each, {})).get("key"), str)]


def _shelf(engine: str, libraries: Sequence[Document], rudder: Mapping[str, Document]) -> dict[str, Document]:
    """Libraries in the language of the engine, by what code may call them; of two with one name, the last."""
    found: dict[str, Document] = {}
    fitting = [each for each in libraries if _fits(each, engine)]
    for each in fitting:
        found |= {name: each for name in (import_name(each.name), each.handle) if name}
    found |= {each.import_name: each for each in fitting if each.import_name}
    return {**found, **rudder}


def _fits(library: Document, engine: str) -> bool:
    said = _LANGUAGES.get(library.language.strip().lower())
    return said in {None, engine}


def _names(engine: str, code: str, shelf: Mapping[str, Document]) -> list[str]:
    """What of the shelf the code seems to import."""
    found = set(named(engine, code))
    if engine == "javascript":
        found |= {f"@rs/{name}/{version}" for name, version in _RUDDER.findall(code)}
    return sorted(found & shelf.keys())


def _take(name: str, engine: str, shelf: Mapping[str, Document], own: dict[str, Own], path: Sequence[str]) -> None:
    """Put the library of this name into `own`, with those that it imports. One that leads back to itself is left out."""
    if name in own:
        return
    code, inside = shelf[name].code, [*path, name]
    inner = [each for each in _names(engine, code, shelf) if each not in inside]
    for each in inner:
        _take(each, engine, shelf, own, inside)
    libraries = pinned(engine, code, {each: own[each] for each in inner})
    told = [name, code, *(each.hash for each in libraries)]
    own[name] = Own(name, engine, code, sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest(), libraries)


def _named(workspace: str, document: Document) -> str:
    """For people, metrics and dead letters: as a version of our registry would be called."""
    version = document.version_id or "unsaved"
    version = f"v{version}" if version.isdecimal() else version
    transformation = document.id or document.version_id or "unsaved"
    return f"workspaces/{workspace}/transformations/{_part(transformation)}/versions/{_part(version)}"


def _part(text: str) -> str:
    return re.sub(r"[^\w.@-]", "-", text[:100])
