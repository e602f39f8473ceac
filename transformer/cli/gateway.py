"""`transformer gateway check`: what of a data plane's workspace runs here as it is, before it is pointed here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from transformer.addresses import http_base
from transformer.cli.code import read_source
from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.spec import OFFLINE_SETTINGS, CommandSpec
from transformer.cli.talk import print_json, print_lines, print_table, say
from transformer.cli.words import many
from transformer.settings import Settings

if TYPE_CHECKING:
    from yarl import URL

    from transformer.gateway.code.sources import CodeSource, Document
    from transformer.gateway.survey.review import ReviewedCode, ReviewedDestination
    from transformer.gateway.survey.survey import Code, Surveyed
    from transformer.gateway.survey.workspaces import ConfiguredDestination, ConfiguredWorkspace
    from transformer.pool import Pool

__all__ = ["GATEWAY"]

_SCHEMES: Final = ("http://", "https://")
_SUFFIXES: Final = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".ts": "javascript"}
_FOLDERS: Final = ("", "transformations")
_LIBRARIES: Final = "libraries"
_VERDICTS: Final = ("unchanged", "differs", "refused", "unknown")


@dataclass(frozen=True)
class _Folder:
    """Code in files."""

    codes: Sequence[Code]
    libraries: Sequence[Document]


def check(
    where: Annotated[
        str,
        typer.Argument(
            help="A data plane's workspace configuration, http(s)://TOKEN@HOST or a file of JSON, or a folder or file of code.",
            metavar="URL|FILE|DIR",
        ),
    ],
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Say which transformations run here unchanged, which differ and why, and which destinations are mapped.

    Code is fetched from the config backend that the URL names, or --config-backend-url; it is read, and tried on sample events
    in confined workers, and reaches nothing. A folder holds transformations (.py, .js, .ts), also in transformations/, and what
    they import in libraries/. No setting of a destination is printed. The exit code is 0 where everything runs and is mapped as
    it is, else 1.
    """
    reviewed = asyncio.run(_review(where, _found(where), settings))
    held = all(one.held for one in reviewed)
    if as_json:
        print_json({"held": held, "workspaces": [_as_json(one) for one in reviewed]})
    else:
        for one in reviewed:
            _print(one, named=len(reviewed) > 1)
    return Exit.OK if held else Exit.NOT_HELD


def _found(where: str) -> _Folder | list[ConfiguredWorkspace]:
    """What lies at a path; nothing where it is a URL. Raises CommandError."""
    if where.startswith(_SCHEMES):
        return []
    path = Path(where)
    if path.suffix in _SUFFIXES and path.is_file():
        return _code(path.parent, _documents(path.parent, path.name))
    return _folder(path) if path.is_dir() else _of_file(path)


async def _review(where: str, found: _Folder | list[ConfiguredWorkspace], settings: Settings) -> list[Surveyed]:
    from transformer.gateway.survey.survey import survey_workspace
    from transformer.pool import Pool

    if isinstance(found, _Folder):
        async with Pool(settings) as pool:
            return [await _review_folder(pool, found, settings)]
    if where.startswith(_SCHEMES):
        workspaces, source = await _of_url(where, settings)
    else:
        workspaces, source = found, _backend(settings.config_backend_url, settings)
    try:
        async with Pool(settings) as pool:
            return [await survey_workspace(pool, each, source, settings) for each in workspaces]
    finally:
        if source is not None:
            await source.close()


async def _of_url(where: str, settings: Settings) -> tuple[list[ConfiguredWorkspace], CodeSource | None]:
    """The workspaces that a URL's configuration has, and where their code is. Raises CommandError."""
    from transformer.gateway.code.sources import BackendError
    from transformer.gateway.survey.workspaces import ShapeError, fetch_config, read_config

    url = _url(where)
    secret = settings.config_backend_secret.get_secret_value()
    try:
        found = read_config(await fetch_config(url, secret, settings.config_backend_seconds))
    except BackendError as wrong:
        raise CommandError(wrong.told, Exit.TRY_AGAIN if wrong.kind == "unavailable" else Exit.USAGE) from None
    except ShapeError as wrong:
        raise CommandError(f"{url.with_user(None)}: {wrong}") from None
    base = settings.config_backend_url or str(url.origin().with_user(url.user).with_password(url.password))
    return found, _backend(base, settings)


def _of_file(path: Path) -> list[ConfiguredWorkspace]:
    from transformer.gateway.survey.workspaces import ShapeError, read_config

    try:
        return read_config(path.read_bytes())
    except OSError as wrong:
        raise CommandError(f"{path}: {(wrong.strerror or 'cannot be read').lower()}") from None
    except ShapeError as wrong:
        raise CommandError(f"{path}: {wrong}") from None


def _backend(base: str, settings: Settings) -> CodeSource | None:
    if not base:
        return None
    from transformer.gateway.code.backend import ConfigBackend

    try:
        http_base(base)
    except ValueError as wrong:
        raise CommandError(f"config_backend_url: {wrong}") from None
    return ConfigBackend(
        base,
        settings.config_backend_secret.get_secret_value(),
        seconds=settings.config_backend_seconds,
        document_bytes=settings.config_backend_bytes,
    )


def _url(text: str) -> URL:
    from yarl import URL

    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise CommandError("URL: write http://HOST or https://HOST")
    return url


def _folder(folder: Path) -> _Folder:
    """The transformations of a folder, with the libraries in it. Raises CommandError."""
    found = [each for name in _FOLDERS for each in _documents(folder / name)]
    if not found:
        raise CommandError(f"{folder}: holds no transformations ({', '.join(_SUFFIXES)})")
    return _code(folder, found)


def _code(folder: Path, found: Sequence[tuple[Path, Document]]) -> _Folder:
    from transformer.gateway.survey.survey import Code

    codes = [Code("", str(path.relative_to(folder)), (), document=document) for path, document in found]
    return _Folder(codes, [document for _, document in _documents(folder / _LIBRARIES)])


def _documents(where: Path, pattern: str = "*") -> list[tuple[Path, Document]]:
    from transformer.gateway.code.sources import Document

    files = sorted(path for path in where.glob(pattern) if path.suffix in _SUFFIXES and not path.name.startswith((".", "_")))
    return [
        (path, Document("", read_source(path).text, _SUFFIXES[path.suffix], "1", path.stem, import_name=path.stem))
        for path in files
        if not path.name.endswith(".d.ts")
    ]


async def _review_folder(pool: Pool, folder: _Folder, settings: Settings) -> Surveyed:
    from transformer.gateway.survey.survey import Surveyed, survey_codes

    source = _backend(settings.config_backend_url, settings)
    try:
        return Surveyed("", 0, await survey_codes(pool, folder.codes, folder.libraries, source, settings))
    finally:
        if source is not None:
            await source.close()


def _print(reviewed: Surveyed, *, named: bool) -> None:
    if named:
        print_lines([f"workspace {reviewed.id}"])
    if reviewed.codes:
        print_table(("transformation", "language", "verdict", "asks for", "destinations"), map(_row, reviewed.codes))
    if reviewed.destinations:
        types = sorted({one.type for one, _ in reviewed.destinations})
        rows = [_type_row(kind, [each for each in reviewed.destinations if each[0].type == kind]) for kind in types]
        print_table(("type", "destinations", "mapped", "router", "settings"), rows, right=(1,))
    print_lines(chain(reviewed.trouble, chain.from_iterable(map(_why, reviewed.codes)), _wrong(reviewed.destinations)))
    counts = Counter(found.verdict for _, found in reviewed.codes)
    told = [f"{counts[verdict]} {verdict}" for verdict in _VERDICTS if counts[verdict]]
    parts = [many(len(reviewed.codes), "transformation") + (f" ({', '.join(told)})" if told else "")]
    if reviewed.destinations:
        lacking = sum(1 for _, found in reviewed.destinations if not found.mapped)
        wrong = sum(1 for _, found in reviewed.destinations if found.problems)
        told = [f"{lacking} of a type that is not mapped"] * bool(lacking) + [
            f"{wrong} with settings that are not accepted"
        ] * bool(wrong)
        parts.append(many(len(reviewed.destinations), "destination") + (f" ({', '.join(told)})" if told else ""))
    say(", ".join(parts), "green" if reviewed.held else "yellow")


def _row(each: tuple[Code, ReviewedCode]) -> tuple[str, ...]:
    code, found = each
    needs = found.needs
    asked = [
        *needs.hosts,
        *(f"credential {key}" for key in needs.credentials),
        *(f"{word} made while it runs" for word in needs.made),
        *["geolocation"] * needs.geolocation,
        *(f"library {name}" for name in found.imports),
    ]
    return _named(code), found.language, found.verdict, ", ".join(asked), ", ".join(code.used_by)


def _named(code: Code) -> str:
    return " ".join(filter(None, (code.name, code.version_id)))


def _why(each: tuple[Code, ReviewedCode]) -> Iterator[str]:
    code, found = each
    yield from (f"{_named(code)}: {reason}" for reason in found.reasons)
    yield from (f"{_named(code)}: note: {note}" for note in found.notes)


def _type_row(kind: str, several: Sequence[tuple[ConfiguredDestination, ReviewedDestination]]) -> tuple[str, ...]:
    first = several[0][1]
    wrong = sum(1 for _, found in several if found.problems)
    settings = f"{wrong} not accepted" if wrong else "accepted" if first.mapped else ""
    words = ["yes" if it else "no" for it in (first.mapped, first.router)]
    return kind or "(none)", str(len(several)), *words, settings


def _wrong(several: Sequence[tuple[ConfiguredDestination, ReviewedDestination]]) -> Iterator[str]:
    for one, found in several:
        yield from (f"{one.name or one.id} ({one.type}): {problem}" for problem in found.problems)


def _as_json(reviewed: Surveyed) -> Mapping[str, Any]:
    return {
        "id": reviewed.id,
        "sources": reviewed.sources,
        "transformations": [
            {
                "name": code.name,
                "version_id": code.version_id,
                "code_version": code.document.code_version if code.document else "",
                "destinations": code.used_by,
                **asdict(found),
            }
            for code, found in reviewed.codes
        ],
        "destinations": [
            {
                "id": one.id,
                "name": one.name,
                "type": one.type,
                "enabled": one.enabled,
                "transformed_at": one.at,
                **asdict(found),
            }
            for one, found in reviewed.destinations
        ],
        "trouble": list(reviewed.trouble),
        "tracking_plans": [{"id": plan, "version": version} for plan, version in reviewed.plans],
    }


GATEWAY: Final = CommandSpec(
    name="gateway check",
    run=check,
    settings=(
        *OFFLINE_SETTINGS,
        "config_backend_url",
        "config_backend_seconds",
        "config_backend_bytes",
        "fetch_private",
        "geolocation",
    ),
    examples=(
        "transformer gateway check https://TOKEN@api.rudderstack.com",
        "transformer gateway check workspace.json --config-backend-url http://127.0.0.1:5000 --json",
        "transformer gateway check transformations/",
    ),
)
