"""A definition becomes Python: one function a mapping, one a request, and a table of what is done with each type of event.

The code is what a worker runs, with `mapper.py` beside it: straight lines over the event, nothing interpreted per event.
`transformer mapper show --compiled` prints it. It is made once per version of a destination, for all settings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from transformer.destinations.circles import circles
from transformer.destinations.conditions import ConditionError, compile_condition
from transformer.destinations.definition import Definition, Demand, RequestForm
from transformer.destinations.entries import PRESENT, Faults, MappingCompiler
from transformer.destinations.holes import Tell, hole, paths_in, quotes_event, template, without_event
from transformer.destinations.lines import Block, DefinitionError
from transformer.destinations.literals import LiteralError, literal
from transformer.destinations.scope import Scope
from transformer.destinations.sources import functions_of, sources_of

__all__ = ["CompiledDestination", "compile_definition"]

_MAPPER: Final = "mapper."
_NO_TYPE: Final = re.compile(r"\{(?!\}|lower\})[^{}]*\}?|(?<!\{)(?<!\{lower)\}")
"""What `str.format` would take for something else than the type of an event."""
_OF_EVENT: Final = re.compile(r"\b(?:this|event|metadata|destination)\b")
"""What code reads that is not of the settings alone."""
_ERRORS: Final = {
    "instrumentation": "InstrumentationError",
    "configuration": "ConfigurationError",
    "transformation": "TransformationError",
    "platform": "PlatformError",
}


@dataclass(frozen=True, slots=True)
class CompiledDestination:
    """What a worker needs to map events for a destination, but for its settings."""

    name: str
    code: str
    mappers: tuple[tuple[str, str], ...]
    """Sources of mapper.py by destination: its own last, and before it those that it imports from."""


def compile_definition(definition: Definition) -> CompiledDestination:
    """Compile a definition. Raises DefinitionError with all that is wrong, each with file and line."""
    faults = Faults(definition.path)
    functions = functions_of(definition, faults)
    lines = [
        f"# {definition.name}: made from destination.yaml; do not edit.",
        f"INTEGRATIONS = {literal(definition.integrations)}",
    ]
    parts = {entry.get(word) for entries in definition.mappings.values() for entry in entries for word in ("each", "with")}
    types = _types(definition)
    for name, entries in definition.mappings.items():
        compiler = MappingCompiler(name, f"map_{name}", definition.mappings, functions, faults, settings=types, parts=parts)
        lines += ["", "", *compiler.code(entries)]
    for form in definition.requests.values():
        lines += ["", "", *_request(form, definition, functions, faults)]
    lines += ["", "", *_demands(definition, faults)]
    lines += ["", "", *_events(definition, functions, faults)]
    for circle, line in circles(definition.mappings):
        faults.tell(line, f"mappings.{circle[0]}: goes in a circle: {' → '.join(circle)}")
    mappers = sources_of(definition, faults) if not faults.problems else ()
    code = "\n".join(lines) + "\n"
    if not faults.problems:
        _need_python(code, definition, faults)
    if faults.problems:
        raise DefinitionError(faults.problems)
    return CompiledDestination(definition.name, code, mappers)


def _need_python(code: str, definition: Definition, faults: Faults) -> None:
    """What no check above foresaw is told here, and not by a worker."""
    try:
        compile(code, f"{definition.name}/destination.yaml", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        faults.tell(1, f"destination: cannot be compiled: {getattr(wrong, 'msg', None) or type(wrong).__name__}")


def _request(form: RequestForm, definition: Definition, functions: set[str], faults: Faults) -> list[str]:
    """The function that builds a request: `request_NAME(event, call, body)`; a body that is given is taken as it is."""
    what = f"requests.{form.name}"
    scope = Scope()
    lines = _checks(form.demands, definition, scope, faults, what)
    if form.when:
        lines.append(f"if not {_condition(form.when, form.line, what, scope, faults)}: return None")
    bodies = {"JSON": "{}", "JSON_ARRAY": "{}", "XML": "{}", "FORM": "{}"}
    if form.body:
        kind, filled = form.body
        if filled.startswith(_MAPPER):
            name = filled.removeprefix(_MAPPER)
            if name not in functions:
                faults.tell(form.line, f"{what}: body: mapper.py has no function {name!r}")
            made = f"{filled}(event, call)"
        else:
            if filled not in definition.mappings:
                faults.tell(form.line, f"{what}: body: there is no mapping {filled!r}")
            made = f"map_{filled}(event, call, event)"
        lines.append(f"if body is None: body = {made}")
        bodies[kind] = "body"
    else:
        bodies["JSON"] = "{} if body is None else body"
    tell = faults.at(form.line, what)
    endpoint = template(form.endpoint, scope, tell)
    path = f", 'endpointPath': {template(form.path, scope, tell)}" if form.path is not None else ""
    user = f", 'userId': {template(form.user_id, scope, tell)}" if form.user_id is not None else ""
    filled_bodies = ", ".join(f"{kind!r}: {made}" for kind, made in bodies.items())
    headers = _table("headers", form.headers, scope, faults, what, lines)
    params = _table("params", form.params, scope, faults, what, lines)
    lines.append(
        f"return {{'version': '1', 'type': 'REST', 'method': {form.method!r}, 'endpoint': {endpoint}, 'headers': {headers}, "
        f"'params': {params}, 'body': {{{filled_bodies}}}, 'files': {{}}{path}{user}}}"
    )
    return [
        f"def request_{form.name}(event, call, body=None):",
        "    this = event",
        *(f"    {line}" for line in (*scope.lines, *lines)),
    ]


def _table(name: str, block: Block, scope: Scope, faults: Faults, what: str, lines: list[str]) -> str:
    """Headers or parameters: texts with holes, or plain values. What is one hole, and has no value, is left out."""
    pairs, made = list[str](), list[str]()
    for key, value in block.items():
        tell = faults.at(block.line_of(key), f"{what}: {key}")
        read = hole(value, scope, tell) if isinstance(value, str) else None
        if read is not None:
            if not made:
                made.append(f"{name} = {{{', '.join(pairs)}}}")
            made += [f"v = {read}", f"{PRESENT} {name}[{str(key)!r}] = v"]
            continue
        plain = template(value, scope, tell) if isinstance(value, str) else _literal(value, tell)
        if made:
            made.append(f"{name}[{str(key)!r}] = {plain}")
        else:
            pairs.append(f"{str(key)!r}: {plain}")
    lines += made
    return name if made else f"{{{', '.join(pairs)}}}"


def _literal(value: object, tell: Tell) -> str:
    try:
        return literal(value)
    except LiteralError as wrong:
        tell(str(wrong))
        return "None"


def _demands(definition: Definition, faults: Faults) -> list[str]:
    """What must hold: all of it; what is left to ask of an event where the settings hold; whether those do."""
    settled = [one for one in definition.demands if _asks_settings_alone(one)]
    others = [one for one in definition.demands if one not in settled]
    lines = []
    for name, demands in (("demand", definition.demands), ("demand_of_event", others)):
        scope = Scope()
        checks = _checks(demands, definition, scope, faults, "destination")
        lines += [f"def {name}(event, call):", "    this = event"]
        lines += [*(f"    {line}" for line in (*scope.lines, *checks)), "    return None", "", ""]
    scope = Scope()
    hold = [_holds(one, scope) for one in settled]
    return [
        *lines,
        "def settings_hold(call):",
        *(f"    {line}" for line in scope.lines),
        f"    return {' and '.join(hold) or 'True'}",
    ]


def _asks_settings_alone(demand: Demand) -> bool:
    """Whether it holds for every event of a destination, or for none."""
    scope = Scope()
    asked = _holds(demand, scope)
    return not _OF_EVENT.search("\n".join((asked, *scope.lines)))


def _holds(demand: Demand, scope: Scope) -> str:
    unheard = Faults("")  # what is wrong is told where the demand is made
    that = _condition(demand.that, demand.line, "", scope, unheard)
    return f"(not {_condition(demand.when, demand.line, '', scope, unheard)} or {that})" if demand.when else that


def _checks(demands: Sequence[Demand], definition: Definition, scope: Scope, faults: Faults, what: str) -> list[str]:
    lines = []
    for demand in demands:
        tell = faults.at(demand.line, f"{what}: require: message")
        for path in paths_in(demand.message):
            if _is_secret(definition, path):
                tell(f"{{{path}}} is a secret, which no message may hold")
        that = _condition(demand.that, demand.line, what, scope, faults)
        when = f"{_condition(demand.when, demand.line, what, scope, faults)} and " if demand.when else ""
        error = _ERRORS[demand.category]
        message = template(demand.message, scope, tell)
        if quotes_event(demand.message):
            message += f", told={without_event(demand.message, scope, tell)}"
        lines.append(f"if {when}not {that}: raise {error}({message})")
    return lines


def _is_secret(definition: Definition, path: str) -> bool:
    root, _, name = path.partition(".")
    about = definition.settings.get(name.partition(".")[0])
    return root == "settings" and isinstance(about, dict) and bool(about.get("secret"))


def _condition(text: str, line: int, what: str, scope: Scope, faults: Faults) -> str:
    try:
        return compile_condition(text, scope)
    except ConditionError as wrong:
        faults.tell(line, f"{what}: {wrong}")
        return "True"


def _events(definition: Definition, functions: set[str], faults: Faults) -> list[str]:
    lines = []
    block = definition.words.get("events")
    for event, uses in definition.events.items():
        line = block.line_of(event) if isinstance(block, Block) else 1
        made = []
        for use in uses:
            if use.startswith(_MAPPER):
                if use.removeprefix(_MAPPER) not in functions:
                    faults.tell(line, f"events.{event}: mapper.py has no function {use.removeprefix(_MAPPER)!r}")
                made.append(use)
            elif use in definition.requests:
                made.append(f"request_{use}")
            else:
                faults.tell(line, f"events.{event}: there is no request {use!r}")
        lines.append(f"    {event!r}: ({''.join(f'{one}, ' for one in made)}),")
    for key in ("use", "order"):
        named = str(definition.batching.get(key, "")).removeprefix(_MAPPER)
        if named and named not in functions:
            told = f"batching: {key}: mapper.py has no function {named!r}"
            faults.tell(definition.words.line_of("batching"), told)
    return ["EVENTS = {", *lines, "}", *_tables(definition, faults)]


def _types(definition: Definition) -> dict[str, str]:
    """The types of the settings that have one."""
    found = {str(key): about.get("type") for key, about in definition.settings.items() if isinstance(about, dict)}
    return {key: kind for key, kind in found.items() if isinstance(kind, str)}


def _defaults(definition: Definition) -> dict[str, object]:
    abouts = definition.settings.items()
    return {str(key): about["default"] for key, about in abouts if isinstance(about, dict) and "default" in about}


def _tables(definition: Definition, faults: Faults) -> list[str]:
    maps = ", ".join(f"{name!r}: map_{name}" for name in definition.mappings)
    requests = ", ".join(f"{name!r}: request_{name}" for name in definition.requests)
    missing = definition.say("missing_type", "Event type is required")
    unsupported = definition.say("unsupported", "Event type {} is not supported")
    for sign in _NO_TYPE.findall(unsupported):
        faults.tell(definition.words.line_of("unsupported"), f"unsupported: {sign!r}: only {{}} and {{lower}} have a meaning")
    return [
        f"MAPPINGS = {{{maps}}}",
        f"REQUESTS = {{{requests}}}",
        f"MISSING_TYPE = {missing!r}",
        f"UNSUPPORTED = {unsupported!r}",
        f"BATCHING = {_literal(dict(definition.batching), faults.at(definition.words.line_of('batching'), 'batching'))}",
        f"SETTINGS = {literal(_types(definition))}",
        f"DEFAULTS = {_literal(_defaults(definition), faults.at(definition.words.line_of('settings'), 'settings'))}",
        f"IMPLEMENTATION = {definition.say('reports_as', 'native')!r}",
        f"WORKFLOW = {definition.say('workflow', '')!r}",
    ]
