"""A folder that says what a workspace is to be. Everything in it that is wrong is told at once.

transformations/scrub.py           .py .js .ts .wasm; scrub.cases.json and scrub.manifest.yaml beside it, as to publish
libraries/address.py               what transformations import by this name
tables/plans.csv                   .csv .tsv .jsonl .parquet; plans.table.yaml beside it: {key: plan_id, types: {price: number}}
pipelines/orders.yaml
destinations/amplitude.yaml
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from transformer.capabilities import NOTHING, Capabilities
from transformer.destinations.lines import DefinitionError
from transformer.errors import CallerError
from transformer.library.manifest import ENGINES_OF_LIBRARIES
from transformer.manifest import ManifestError, capabilities_beside
from transformer.pipelines.reading import DestinationForm, PipelineForm, read_destination, read_pipeline
from transformer.registry import names
from transformer.tables.reading import SUFFIXES as ROWS
from transformer.workspace.code import CodeFile, FileError, case_files, is_source, named_cases, read_code, read_file, stem
from transformer.workspace.rows import RowsFile, read_table

__all__ = ["KINDS", "Code", "Folder", "FolderError", "Text", "read_folder"]

KINDS: Final = ("libraries", "tables", "transformations", "destinations", "pipelines")
"""The folders, in the order in which one needs the other."""

_TEXT_BYTES: Final = 256 * 1024
_CASES: Final = ".cases.json"
_MANIFEST: Final = ".manifest.yaml"
_ABOUT: Final = ".table.yaml"
_CHECKS: Final[Mapping[str, Callable[[str, str], None]]] = {"libraries": names.check_handle, "tables": names.check_name}


class FolderError(ValueError):
    """A folder says what cannot be: each of `problems` begins with a file, and the line where it is known."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Code:
    """A transformation or a library; a library has neither cases nor capabilities."""

    path: Path
    file: CodeFile
    cases: Mapping[str, bytes] = field(default_factory=dict)
    capabilities: Capabilities = NOTHING


@dataclass(frozen=True, slots=True)
class Text:
    """A pipeline or a destination."""

    path: Path
    content: str
    form: PipelineForm | DestinationForm


@dataclass(slots=True)
class Folder:
    """What a folder says, by id. `unread` are files and folders beside those that are known."""

    root: Path
    libraries: dict[str, Code] = field(default_factory=dict)
    tables: dict[str, RowsFile] = field(default_factory=dict)
    transformations: dict[str, Code] = field(default_factory=dict)
    destinations: dict[str, Text] = field(default_factory=dict)
    pipelines: dict[str, Text] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """How many resources there are."""
        return sum(len(getattr(self, kind)) for kind in KINDS)

    def names(self) -> Iterator[str]:
        """`pipelines/orders` of each."""
        for kind in KINDS:
            yield from (f"{kind}/{one}" for one in sorted(getattr(self, kind)))


def read_folder(root: Path, told: Callable[[str], None] = lambda _: None) -> Folder:
    """What a folder says; `told` hears of what takes long. Raises FolderError with everything that is wrong."""
    if not root.is_dir():
        raise FolderError([f"{root}: is no folder" if root.exists() else f"{root}: no such folder"])
    folder = Folder(root)
    problems: list[str] = []
    for path in sorted(root.iterdir()):
        if path.name in KINDS and path.is_dir():
            _Reader(folder, path, problems, told).read()
        elif not path.name.startswith("."):
            problems += _unknown(path)
            folder.unread.append(path.name)
    if not problems and not len(folder):
        problems.append(f"{root}: says nothing of a workspace; its files lie in {', '.join(f'{kind}/' for kind in KINDS)}")
    if problems:
        raise FolderError(problems)
    return folder


def _unknown(path: Path) -> list[str]:
    if path.name == "secrets":
        return [f"{path}: secrets are kept by the server alone; `transformer secrets set NAME`"]
    if path.name in KINDS:
        return [f"{path}: is to be a folder"]
    near = get_close_matches(path.name, KINDS, n=1, cutoff=0.8)
    return [f"{path}: is not read; did you mean {near[0]}?"] if near else []


@dataclass(slots=True)
class _Reader:
    """Reads one of the folders."""

    folder: Folder
    path: Path
    problems: list[str]
    told: Callable[[str], None]

    def read(self) -> None:
        """Everything in it; what is wrong goes to `problems`."""
        kind = self.path.name
        files = [one for one in sorted(self.path.iterdir()) if not _ignored(one, kind)]
        main, taken = self._main(kind, files), set[Path]()
        for one, path in main.items():
            taken |= {path, *self._companions(kind, path)}
            try:
                (_CHECKS.get(kind) or names.check_id)(one, str(path))
                getattr(self.folder, kind)[one] = self._one(kind, one, path)
            except (CallerError, FileError, ManifestError) as wrong:
                self.problems.append(str(wrong.message if isinstance(wrong, CallerError) else wrong))
            except DefinitionError as wrong:
                self.problems += wrong.problems
        self.problems += [self._stray(kind, path) for path in files if path not in taken and path not in self._doubles(main)]

    def _main(self, kind: str, files: list[Path]) -> dict[str, Path]:
        """The file of each id; of two for one id, the first."""
        found: dict[str, Path] = {}
        for path in files:
            one = _id(kind, path)
            if one is not None and path.is_file():
                if one in found:
                    self.problems.append(f"{path}: {found[one].name} is {kind}/{one} already; keep one of them")
                else:
                    found[one] = path
        return found

    def _doubles(self, main: Mapping[str, Path]) -> set[Path]:
        kind = self.path.name
        return {path for path in self.path.iterdir() if path.is_file() and _id(kind, path) in main}

    def _companions(self, kind: str, path: Path) -> list[Path]:
        if kind == "tables":
            return [path.with_name(path.stem + _ABOUT)]
        if kind != "transformations":
            return []
        beside = [path.with_name(path.stem + ending) for ending in (_CASES, _MANIFEST)]
        shared = [path.with_name("manifest.yaml")]
        return [*beside, *shared, *({path.with_name("cases")} if case_files(path) else ())]

    def _one(self, kind: str, one: str, path: Path) -> Code | RowsFile | Text:
        match kind:
            case "transformations":
                return Code(path, read_code(path), named_cases(case_files(path)), capabilities_beside(path))
            case "libraries":
                return self._library(path)
            case "tables":
                about = path.with_name(path.stem + _ABOUT)
                if not about.is_file():
                    raise FileError(f"{path}: {about.name} is to lie beside it and say the key, as in key: id")
                return read_table(path, about, lambda rows: self.told(f"tables/{one}: {rows:,} rows read"))
            case _:
                return _text(kind, path)

    def _library(self, path: Path) -> Code:
        code = read_code(path)
        if code.engine not in ENGINES_OF_LIBRARIES:
            raise FileError(f"{path}: {code.engine} has no libraries; {' and '.join(ENGINES_OF_LIBRARIES)} have")
        return Code(path, code)

    def _stray(self, kind: str, path: Path) -> str:
        endings = {"tables": (*ROWS, f"NAME{_ABOUT}"), "pipelines": (".yaml",), "destinations": (".yaml",)}.get(kind)
        if path.name.endswith((_CASES, _MANIFEST, _ABOUT)):
            return f"{path}: there is nothing of this name that it could belong to"
        if path.is_dir():
            return f"{path}: folders are not read here"
        shown = ", ".join(endings) if endings else "code, cases and manifests" if kind == "transformations" else "code"
        return f"{path}: is no file that {kind}/ may hold: {shown}"


def _ignored(path: Path, kind: str) -> bool:
    """Notes for people, what tools leave behind, and code that begins with `_`."""
    return (
        path.name.startswith((".", "__")) or path.suffix == ".md" or (kind == "transformations" and path.name.startswith("_"))
    )


def _id(kind: str, path: Path) -> str | None:
    """The id that a file stands for; None where it stands for none."""
    match kind:
        case "transformations" | "libraries":
            return stem(path) if is_source(path) else None
        case "tables":
            return path.stem if path.suffix.lower() in ROWS else None
        case _:
            return path.stem if path.suffix == ".yaml" else None


def _text(kind: str, path: Path) -> Text:
    body = read_file(path, _TEXT_BYTES)
    try:
        content = body.decode()
    except UnicodeDecodeError as wrong:
        raise FileError(f"{path}: byte {wrong.start} is not UTF-8") from None
    return Text(path, content, (read_pipeline if kind == "pipelines" else read_destination)(content, str(path)))
