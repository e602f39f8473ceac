"""The README of a destination, made from its definition: what it takes, what it is sent, from where, and what it must have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from transformer.destinations.definition import Definition, Demand, Entry, RequestForm

__all__ = ["index", "readme"]

_INDEX: Final = (
    "<!-- Made by `transformer mapper docs`; do not edit. -->\n\n"
    "Types of destinations that pipelines may send to; warehouses besides ([docs/WAREHOUSES.md](../../docs/WAREHOUSES.md)).\n"
    "How one is written is in [docs/MAPPINGS.md](../../docs/MAPPINGS.md)."
)
_MADE: Final = "<!-- Made from destination.yaml by `transformer mapper docs`; do not edit. -->"


def readme(definition: Definition) -> str:
    """The page, in Markdown."""
    lines = [f"# {definition.title}", "", _MADE, "", definition.summary, ""]
    if definition.documentation:
        lines += [f"Its API: <{definition.documentation}>", ""]
    lines += list(_settings(definition))
    lines += list(_events(definition))
    for form in definition.requests.values():
        lines += list(_request(form))
    for name, entries in definition.mappings.items():
        lines += list(_mapping(name, entries))
    lines += list(_batching(definition))
    lines += list(_limits(definition))
    return "\n".join(lines).rstrip("\n") + "\n"


def _settings(definition: Definition) -> Iterator[str]:
    yield from ("## Settings", "")
    if not definition.settings:
        yield from ("None.", "")
        return
    rows = [
        (
            f"`{name}`",
            _kind(form),
            "yes" if form.get("secret") else "",
            _plain(form.get("default")),
            form.get("description", ""),
        )
        for name, form in definition.settings.items()
    ]
    yield from _table(("setting", "type", "secret", "default", "what for"), rows)


def _kind(form: Any) -> str:
    if "enum" in form:
        return ", ".join(f"`{one}`" for one in form["enum"])
    kind = form.get("type", "")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _events(definition: Definition) -> Iterator[str]:
    yield from ("## Events", "")
    rows = [
        ("any type" if event == "any" else f"`{event}`", ", ".join(_use(one) for one in uses))
        for event, uses in definition.events.items()
    ]
    yield from _table(("type", "is sent as"), rows)
    if definition.demands:
        yield from ("What must hold for every event:", "")
        yield from _demands("condition", definition.demands)


def _demands(head: str, demands: Sequence[Demand]) -> Iterator[str]:
    """What must hold; where it need not always, the condition under which it must."""
    rows = [(f"`{one.that}`", f"`{one.when}`" if one.when else "", one.category, one.message) for one in demands]
    if any(one.when for one in demands):
        yield from _table((head, "where", "else the fault of the", "and the error"), rows)
    else:
        yield from _table((head, "else the fault of the", "and the error"), [(row[0], *row[2:]) for row in rows])


def _use(name: str) -> str:
    return "rules of `mapper.py`" if name.startswith("mapper.") else f"[{name}](#request-{name.lower()})"


def _request(form: RequestForm) -> Iterator[str]:
    yield from (f"## Request {form.name}", "", f"`{form.method} {form.endpoint}`" if form.endpoint else f"`{form.method}`", "")
    if form.when:
        yield from (f"Only where `{form.when}`.", "")
    if form.demands:
        yield from _demands("must hold", form.demands)
    rows = [("header", f"`{key}`", f"`{value}`") for key, value in form.headers.items()]
    rows += [("parameter", f"`{key}`", f"`{value}`") for key, value in form.params.items()]
    if form.body:
        kind, filled = form.body
        rows.append((f"body ({kind})", "", "rules of `mapper.py`" if filled.startswith("mapper.") else f"mapping `{filled}`"))
    if rows:
        yield from _table(("where", "name", "value"), rows)


def _mapping(name: str, entries: Sequence[Entry]) -> Iterator[str]:
    yield from (f"## Mapping {name}", "")
    yield from _table(("field", "comes from", "how", "required"), [_row(entry) for entry in entries])


def _row(entry: Entry) -> tuple[str, ...]:
    if included := entry.get("include"):
        return ("", f"all of mapping `{included}`", _when(entry), "")
    field = f"`{'.'.join(entry.to)}`" if entry.to else "(all its keys)"
    return (
        field,
        _origin(entry),
        "; ".join(filter(None, (*_how(entry), _when(entry)))),
        "yes" if entry.get("required") else "",
    )


def _origin(entry: Entry) -> str:
    if "value" in entry.words:
        return f"always `{_plain(entry.get('value')) or '“”'}`"
    sources = [_source(one) for one in entry.sources]
    if "template" in entry.words:
        sources.append(f"`{entry.get('template')}`" if not sources else f"in `{entry.get('template')}`")
    if "default" in entry.words:
        sources.append(f"else `{_plain(entry.get('default'))}`")
    return ", ".join(sources)


def _source(source: Any) -> str:
    if isinstance(source, dict):
        operation, paths = next(iter(source.items()))
        return f"{operation} of {', '.join(f'`{path}`' for path in paths)}"
    return "rules of `mapper.py`" if str(source).startswith("mapper.") else f"`{source}`"


def _how(entry: Entry) -> Iterator[str]:
    for name, arguments in entry.conversions:
        shown = "rules of `mapper.py`" if name.startswith("mapper.") else f"`{name}`"
        yield shown + (f" {', '.join(map(_plain, arguments))}" if arguments else "")
    if "values" in entry.words:
        yield ", ".join(f"{key} → {_plain(value)}" for key, value in entry.get("values").items())
    if "allowed" in entry.words:
        yield f"one of {', '.join(map(_plain, entry.get('allowed')))}"
    for word in ("only", "except"):
        if word in entry.words:
            yield f"{word} {', '.join(map(str, entry.get(word)))}"
    for word, told in (
        ("flatten", "flat, keys joined by"),
        ("prefix", "keys begin with"),
        ("each", "each by mapping"),
        ("with", "by mapping"),
    ):
        if word in entry.words:
            yield f"{told} `{entry.get(word)}`"
    if "note" in entry.words:
        yield entry.get("note")


def _when(entry: Entry) -> str:
    return f"where `{entry.get('when')}`" if "when" in entry.words else ""


def _batching(definition: Definition) -> Iterator[str]:
    batching = definition.batching
    if not batching:
        return
    yield from ("## Batches", "")
    if "use" in batching:
        yield "Events leave together by rules of `mapper.py`."
    for word, told in (("events", "events"), ("bytes", "bytes")):
        if word in batching:
            yield f"At most {batching[word]} {told} a request."
    yield ""


def _limits(definition: Definition) -> Iterator[str]:
    limits = definition.words.get("limits")
    if isinstance(limits, list) and limits:
        yield from ("## Limits", "", *(f"- {limit}" for limit in limits), "")


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def index(definitions: Sequence[Definition]) -> str:
    """The page that lists all destinations, in Markdown."""
    rows = [
        (f"[`{one.name}`]({one.name}/README.md)", one.title, ", ".join(one.events), one.summary)
        for one in sorted(definitions, key=lambda one: one.name)
    ]
    lines = ["# Destinations", "", _INDEX, "", *_table(("type", "name", "events", "what it does"), rows)]
    return "\n".join(lines).rstrip("\n") + "\n"
