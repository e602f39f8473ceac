"""The YAML of a pipeline and of a destination, read and checked as far as it can be without the registry.

    pipeline                                         destination
      validate: {plan: {…}}      # schema_gate         type: am
      steps:                                           settings:
        - use: scrub             # its live version      apiKey: ${secret.AMPLITUDE_KEY}
        - use: library/pii/v1                            trackProductsOnce: true
          with: {action: hash}
      destination: amplitude

Each step is a transformation of the workspace (with `/aliases/…` or `/versions/…` after it if that is meant) or a transform of
the library with its parameters. Secret settings are never written down: they name a secret of the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import jsonschema_rs
import orjson

from transformer.destinations.lines import Block, DefinitionError, parse_block
from transformer.destinations.step import kinds, settings_of
from transformer.errors import CallerError
from transformer.library.steps import is_step, step_of
from transformer.mappers.dynamic import has_templates
from transformer.pipelines.tracking_plans import GATE, plan_faults

__all__ = [
    "MAX_STEPS",
    "DestinationForm",
    "PipelineForm",
    "StepForm",
    "read_destination",
    "read_pipeline",
    "secrets_in",
    "with_secrets",
]

MAX_STEPS: Final = 16
_SECRET: Final = re.compile(r"\$\{secret\.([A-Za-z0-9_][A-Za-z0-9_.-]{0,62})\}")
_LIKE_A_SECRET: Final = re.compile(r"\$\{\s*secrets?\b[^}]*\}?")
"""What somebody writes who means a secret: as plain text it would be a key that anybody can guess."""
_REFERENCE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}(?:/aliases/[a-z0-9][a-z0-9_-]{0,62}|/versions/[1-9][0-9]{0,17})?")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEYS_OF_PIPELINE: Final = ("description", "validate", "steps", "destination")
_KEYS_OF_STEP: Final = ("use", "with", "note")
_KEYS_OF_DESTINATION: Final = ("description", "type", "settings")


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step: what it uses, and the parameters as JSON, b"" for a workspace's own transformation."""

    use: str
    parameters: bytes = b""

    @property
    def own(self) -> bool:
        """Whether it is a transformation of the workspace."""
        return not is_step(self.use)

    @property
    def reference(self) -> str:
        """As TransformRequest names it."""
        return f"transformations/{self.use}" if self.own else self.use


@dataclass(frozen=True, slots=True)
class PipelineForm:
    """A pipeline: its steps in order, and the destination's id, "" for none."""

    steps: tuple[StepForm, ...]
    destination: str = ""


@dataclass(frozen=True, slots=True)
class DestinationForm:
    """A destination: its type, its settings with secrets by reference, and sentences about what may not be meant."""

    kind: str
    settings: Mapping[str, Any]
    secrets: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = field(default=())


def read_pipeline(content: str, name: str) -> PipelineForm:
    """The pipeline in YAML. `name` stands for the file in problems. Raises DefinitionError, with all that is wrong."""
    block = parse_block(content.encode("utf-8", "surrogatepass"), name)
    _need_kind(block, name, "pipeline")
    problems = _unknown(block, _KEYS_OF_PIPELINE, name)
    steps: list[StepForm] = []
    if "validate" in block:
        steps += _step(Block({"use": GATE, "with": block["validate"]}), block.line_of("validate"), name, problems, "validate")
    given = block.get("steps", [])
    if not isinstance(given, list):
        problems.append(f"{name}:{block.line_of('steps')}: steps must be a list")
        given = []
    for one in given:
        line = one.line if isinstance(one, Block) else block.line_of("steps")
        step = one if isinstance(one, Block) else Block({"use": one})
        if isinstance(one, Block):
            problems += _unknown(one, _KEYS_OF_STEP, name)
        steps += _step(step, line, name, problems)
    destination = block.get("destination", "")
    if not isinstance(destination, str) or (destination and not _ID.fullmatch(destination)):
        problems.append(f"{name}:{block.line_of('destination')}: destination must be the id of a destination of the workspace")
    if not steps and not destination:
        problems.append(f"{name}:1: a pipeline has steps, or a destination, or both")
    most = MAX_STEPS - bool(destination)
    if len(steps) > most:
        problems.append(f"{name}:{block.line_of('steps')}: {len(steps)} steps are too many; at most {most}")
    if problems:
        raise DefinitionError(problems)
    return PipelineForm(tuple(steps), destination)


def _step(block: Mapping[str, Any], line: int, name: str, problems: list[str], called: str = "with") -> Iterator[StepForm]:
    use, given = block.get("use"), block.get("with")
    if not isinstance(use, str) or not (is_step(use) or _REFERENCE.fullmatch(use)):
        told = "a step's `use` is a transformation (scrub, scrub/versions/3, scrub/aliases/beta) or one of the library"
        problems.append(f"{name}:{line}: {told} (library/pii/v1)")
        return
    if not is_step(use):
        if given is not None:
            problems.append(f"{name}:{line}: {use}: only a transform of the library takes `with`")
        yield StepForm(use)
        return
    parameters = b""
    if any(map(_LIKE_A_SECRET.search, _texts(given))):
        told = "parameters are no place for secrets; a transform asks for them by name, and says by which parameter"
        problems.append(f"{name}:{line}: {use}: {told}")
    try:
        parameters = orjson.dumps(given, option=orjson.OPT_PASSTHROUGH_DATETIME) if given is not None else b""
        step_of(use, parameters, use)
    except CallerError as wrong:
        problems.append(f"{name}:{line}: {wrong.message}")
    except TypeError:
        problems.append(f"{name}:{line}: {use}: with holds something that JSON cannot say, as a date: put it in quotes")
    else:
        if use == GATE and isinstance(given, Mapping):
            problems += [f"{name}:{at}: {told}" for at, told in plan_faults(given, called, line)]
    yield StepForm(use, parameters)


def read_destination(content: str, name: str) -> DestinationForm:
    """The destination in YAML. `name` stands for the file in problems. Raises DefinitionError, with all that is wrong."""
    block = parse_block(content.encode("utf-8", "surrogatepass"), name)
    _need_kind(block, name, "destination")
    problems = _unknown(block, _KEYS_OF_DESTINATION, name)
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in kinds():
        near = get_close_matches(str(kind), kinds(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `transformer mapper list` shows all"
        problems.append(f"{name}:{block.line_of('type')}: there is no destination of type {str(kind)[:64]!r}{hint}")
    settings = block.get("settings", Block())
    if not isinstance(settings, Block):
        problems.append(f"{name}:{block.line_of('settings')}: settings must be a mapping of keys to values")
    if problems or not isinstance(kind, str):
        raise DefinitionError(problems)
    plain = _plain(settings, name, problems)
    warnings: list[str] = []
    known = settings_of(kind)
    for key, value in plain.items():
        line = f"{name}:{settings.line_of(key)}"
        problems += [
            f"{line}: {key} names a secret as nobody can: write ${{secret.NAME}}"
            for text in _texts(value)
            if _LIKE_A_SECRET.search(_SECRET.sub("", text))
        ]
        if key in known:
            problems += [f"{line}: {told}" for told in _setting_faults(key, value, known[key])]
            warnings += [f"{line}: {told}" for told in _setting_warnings(key, value, known[key])]
        else:
            near = get_close_matches(key, known, n=1)
            warnings.append(f"{line}: {kind} reads no setting {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if problems:
        raise DefinitionError(problems)
    return DestinationForm(kind, plain, frozenset(secrets_in(plain)), tuple(warnings))


def _need_kind(block: Block, name: str, kind: str) -> None:
    """Raises DefinitionError where the file is plainly of another kind: what is wrong is the command, and not each key."""
    if kind == "pipeline" and "type" in block and not {"steps", "validate", "destination"} & set(block):
        raise DefinitionError([f"{name}:1: this is a destination, and no pipeline: `transformer destination push` takes it"])
    if kind == "pipeline" or "type" in block:
        return
    if {"steps", "validate", "destination"} & set(block):
        raise DefinitionError([f"{name}:1: this is a pipeline, and no destination: `transformer pipeline push` takes it"])
    if {"events", "mappings"} & set(block):
        told = "this says how a type of destination maps events; what is pushed says `type: …` and its settings"
        raise DefinitionError([f"{name}:1: {told}"])
    raise DefinitionError([f"{name}:1: type is missing: what kind of destination it is; `transformer mapper list` shows all"])


def _plain(settings: Block, name: str, problems: list[str]) -> dict[str, Any]:
    """The settings as JSON has them. What it cannot say is among the problems."""
    plain: dict[str, Any] = {}
    for key, value in settings.items():
        try:
            plain[key] = orjson.loads(orjson.dumps({key: value}, option=orjson.OPT_PASSTHROUGH_DATETIME))[key]
        except (TypeError, KeyError):
            told = f"{str(key)[:64]} is nothing that JSON can say, as a date: put it in quotes"
            problems.append(f"{name}:{settings.line_of(key)}: {told}")
    return plain


def _setting_faults(key: str, value: Any, form: Mapping[str, Any]) -> Iterator[str]:
    refers = isinstance(value, str) and _SECRET.fullmatch(value) is not None
    if form.get("secret") and not refers and isinstance(value, (str, int, float)) and value != "":
        yield f"{key} is a secret: `transformer secrets set NAME`, and write ${{secret.NAME}} here"
    elif not refers and not has_templates(value):
        schema = {word: rule for word, rule in form.items() if word not in {"secret", "description"}}
        if not jsonschema_rs.is_valid(schema, value):
            yield f"{key} must be {_told(schema)}"


def _setting_warnings(key: str, value: Any, form: Mapping[str, Any]) -> Iterator[str]:
    if form.get("secret") and isinstance(value, (list, dict)) and value and not any(secrets_in(value)):
        yield f"{key} may hold secrets, and is written down as it is: write ${{secret.NAME}} in the place of each"


def _told(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kind = schema.get("type", "as its description says")
    return f"of type {kind}" if isinstance(kind, str) else f"of type {' or '.join(map(str, kind))}"


def secrets_in(value: Any) -> Iterator[str]:
    """The names of the secrets that a value refers to, at any depth."""
    for text in _texts(value):
        yield from _SECRET.findall(text)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def with_secrets(value: Any, secrets: Mapping[str, str]) -> Any:
    """The value with secrets in the place of references. Raises KeyError: one is not among them."""
    if isinstance(value, str):
        return _SECRET.sub(lambda found: secrets[found[1]], value)
    if isinstance(value, dict):
        return {key: with_secrets(one, secrets) for key, one in value.items()}
    return [with_secrets(one, secrets) for one in value] if isinstance(value, list) else value


def _unknown(block: Block, known: tuple[str, ...], name: str) -> list[str]:
    """Keys that mean nothing here, and a description or note that is no text."""
    found = [
        f"{name}:{block.line_of(key)}: unknown key {str(key)[:64]!r}; known: {', '.join(known)}"
        for key in block
        if key not in known
    ]
    texts = [key for key in ("description", "note") if key in known and not isinstance(block.get(key, ""), str)]
    return found + [f"{name}:{block.line_of(key)}: {key} must be a text" for key in texts]
