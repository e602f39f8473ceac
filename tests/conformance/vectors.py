"""Vectors: inputs with the outputs that existing services give, read in place from a folder that is laid out like theirs."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parents[2]
DEFAULT = HERE.parent / "shared" / "vectors"


@dataclass(frozen=True)
class Vector:
    destination: str
    feature: str  # "processor", "router" or "warehouse"
    number: int
    id: str
    title: str
    clock: datetime
    input: object
    status: int
    body: object
    features: frozenset[str] = frozenset()
    headers: dict[str, str] = field(default_factory=dict)  # the others
    timed: bool = False  # whether it holds by one clock only

    @property
    def place(self):
        file = f"warehouses/{self.destination}" if self.feature == "warehouse" else f"{self.destination}/{self.feature}"
        return f"{file}.jsonl:{self.number} {self.id}"


def destinations(folder):
    """Names of destinations and of warehouses, in this order."""
    mapped = sorted(path.name for path in (folder / "destinations").glob("*") if any(path.glob("*.jsonl")))
    return mapped, sorted(path.stem for path in (folder / "warehouses").glob("*.jsonl"))


class VectorError(Exception):
    """A file of vectors is not as it should be. The message has file and line."""


def read(path, vector):
    """Vectors of a file, none if there is no file; `vector` makes one of a line's number and content."""
    try:
        lines = path.read_text("utf-8").split("\n") if path.is_file() else []  # splitlines also splits at U+2028, within texts
    except (OSError, UnicodeDecodeError) as wrong:
        raise VectorError(f"{path}: {wrong}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield vector(number, json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as wrong:
                raise VectorError(f"{path}:{number}: is no vector: {type(wrong).__name__}: {wrong}") from None


def warehouse_vectors_of(folder, provider):
    def vector(number, given):
        error = given.get("error")
        body = {"error": [error["message"], error["status"]]} if error else {"output": given["output"]}
        return Vector(provider, "warehouse", number, given["id"], given["name"], datetime.now(UTC), given["input"], 200, body)

    return read(folder / "warehouses" / f"{provider}.jsonl", vector)


def vectors_of(folder, destination):
    for feature in ("processor", "router"):

        def vector(number, given, feature=feature):
            clock = given.get("clock")
            return Vector(
                destination,
                feature,
                number,
                given["id"],
                given.get("description") or given.get("name", ""),
                datetime.fromisoformat(clock).astimezone(UTC) if clock else datetime.now(UTC),
                given["input"],
                given["output"]["status"],
                given["output"].get("body"),
                features_of(given.get("headers") or {}),
                {key: value for key, value in (given.get("headers") or {}).items() if not key.lower().startswith("x-feature-")},
                bool(clock),
            )

        yield from read(folder / "destinations" / destination / f"{feature}.jsonl", vector)


def features_of(headers):
    """What a data plane says that it can do: `X-Feature-Gzip-Support: ?1` is "gzip-support"."""
    said = {
        key.lower().removeprefix("x-feature-"): value for key, value in headers.items() if key.lower().startswith("x-feature-")
    }
    return frozenset(key for key, value in said.items() if value in {"?1", "true"})


def difference(expected, got, path="$"):  # noqa: PLR0911 - one for each kind of value
    """The first place where two values differ, as a sentence without end; "" where they are equal. Numbers by value."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted({*expected, *got}):
            if key not in got:
                return f"{path}.{key}: missing; expected {short(expected[key])}"
            if key not in expected:
                return f"{path}.{key}: not expected: {short(got[key])}"
            if found := difference(expected[key], got[key], f"{path}.{key}"):
                return found
        return ""
    if isinstance(expected, list) and isinstance(got, list):
        for index, (one, other) in enumerate(zip(expected, got, strict=False)):
            if found := difference(one, other, f"{path}[{index}]"):
                return found
        return "" if len(expected) == len(got) else f"{path}: {len(got)} elements; expected {len(expected)}"
    numbers = isinstance(expected, (int, float)) and isinstance(got, (int, float)) and bool not in {type(expected), type(got)}
    same = expected == got if numbers else type(expected) is type(got) and expected == got
    return "" if same else f"{path}: {short(got)}; expected {short(expected)}"


def short(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 160 else f"{text[:157]}…"
