"""Resource names: how they are written, and how they are read back from a request.

One place for the rule of ids and for the sentences about a name that breaks it, so that no two methods differ in what they
accept.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
from dataclasses import dataclass
from typing import Final

from transformer.errors import CallerError

__all__ = [
    "DEFINITION_KINDS",
    "EVERY_WORKSPACE",
    "ID_RULE",
    "Reference",
    "alias_name",
    "applied_name",
    "check_handle",
    "check_id",
    "check_name",
    "definition_name",
    "definition_version_name",
    "key_name",
    "library_version_name",
    "parse_alias",
    "parse_definition",
    "parse_definitions",
    "parse_key",
    "parse_library_version",
    "parse_pipeline_reference",
    "parse_reference",
    "parse_removable",
    "parse_secret",
    "parse_table",
    "parse_transformation",
    "parse_version",
    "parse_workspace",
    "secret_name",
    "table_name",
    "table_version_name",
    "transformation_name",
    "version_name",
    "workspace_name",
]

DEFINITION_KINDS: Final = ("pipelines", "destinations")
"""What a workspace defines in YAML, as names have it."""

EVERY_WORKSPACE: Final = "-"
"""Stands for the id of a workspace where a list may be about all of them."""

ID_RULE: Final = 'an id is 1 to 63 characters: a lower-case letter or digit, then those, "-" and "_"'
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")
_NAME_RULE: Final = 'an id is 1 to 63 letters, digits, "_", "-" and ".", and begins with none of the last two'
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")  # as in manifests: `transformer.capabilities`
_HANDLE_RULE: Final = 'a handle is 1 to 63 letters, digits and "_", a letter first'
_HANDLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_TAKEN: Final = frozenset({"dateutil", "library", "natives", "parameters", "requests", "urllib3"})
_SHOWN_CHARACTERS: Final = 100

_RULES: Final = {"{number}": _NUMBER, "{secret}": _NAME, "{table}": _NAME, "{handle}": _HANDLE}
_SAID: Final = {"{number}": "it counts from 1", "{secret}": _NAME_RULE, "{table}": _NAME_RULE, "{handle}": _HANDLE_RULE}

_WORKSPACE: Final = ("workspaces", "{workspace}")
_TRANSFORMATION: Final = (*_WORKSPACE, "transformations", "{transformation}")
_VERSION: Final = (*_TRANSFORMATION, "versions", "{number}")
_ALIAS: Final = (*_TRANSFORMATION, "aliases", "{alias}")
_KEY: Final = ("keys", "{key}")
_LIBRARY_VERSION: Final = (*_WORKSPACE, "libraries", "{handle}", "versions", "{number}")
_PIPELINE: Final = (*_WORKSPACE, "pipelines", "{pipeline}")
_DESTINATION: Final = (*_WORKSPACE, "destinations", "{destination}")
_SECRET: Final = (*_WORKSPACE, "secrets", "{secret}")
_TABLE: Final = (*_WORKSPACE, "tables", "{table}")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a request asks for: a transformation, and of it one alias, one version, or (both empty) what serves."""

    transformation: str
    alias: str = ""
    version: int = 0


def workspace_name(workspace: str) -> str:
    """`workspaces/w`."""
    return f"workspaces/{workspace}"


def transformation_name(workspace: str, transformation: str) -> str:
    """`workspaces/w/transformations/t`."""
    return f"workspaces/{workspace}/transformations/{transformation}"


def version_name(workspace: str, transformation: str, number: int) -> str:
    """`workspaces/w/transformations/t/versions/3`."""
    return f"{transformation_name(workspace, transformation)}/versions/{number}"


def alias_name(workspace: str, transformation: str, alias: str) -> str:
    """`workspaces/w/transformations/t/aliases/live`."""
    return f"{transformation_name(workspace, transformation)}/aliases/{alias}"


def key_name(key: str) -> str:
    """`keys/k`."""
    return f"keys/{key}"


def secret_name(workspace: str, secret: str) -> str:
    """`workspaces/w/secrets/s`."""
    return f"workspaces/{workspace}/secrets/{secret}"


def table_name(workspace: str, table: str) -> str:
    """`workspaces/w/tables/t`."""
    return f"workspaces/{workspace}/tables/{table}"


def table_version_name(workspace: str, table: str, number: int) -> str:
    """`workspaces/w/tables/t/versions/3`."""
    return f"{table_name(workspace, table)}/versions/{number}"


def library_version_name(workspace: str, handle: str, number: int) -> str:
    """`workspaces/w/libraries/l/versions/3`."""
    return f"workspaces/{workspace}/libraries/{handle}/versions/{number}"


def definition_name(workspace: str, kind: str, definition: str) -> str:
    """`workspaces/w/pipelines/p`, or `workspaces/w/destinations/d`: the kind is the plural."""
    return f"workspaces/{workspace}/{kind}/{definition}"


def definition_version_name(workspace: str, kind: str, definition: str, number: int) -> str:
    """`workspaces/w/pipelines/p/versions/3`."""
    return f"{definition_name(workspace, kind, definition)}/versions/{number}"


def applied_name(workspace: str) -> str:
    """`workspaces/w/applied`."""
    return f"workspaces/{workspace}/applied"


def parse_removable(name: str, field: str = "name") -> tuple[str, str, str]:
    """Workspace, kind and id of a definition, a transformation or a table. Raises CallerError (BAD_REQUEST, naming `field`)."""
    parse = {"transformations": parse_transformation, "tables": parse_table}.get(kind := "".join(name.split("/")[2:3]))
    if parse is None:
        return parse_definition(name, field)
    workspace, removable = parse(name, field)
    return workspace, kind, removable


def parse_definition(name: str, field: str = "name") -> tuple[str, str, str]:
    """Workspace, kind and id of a definition's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    kind = "destinations" if name.split("/")[2:3] == ["destinations"] else "pipelines"
    workspace, definition = _parse(name, _DESTINATION if kind == "destinations" else _PIPELINE, field)
    return workspace, kind, definition


def parse_definitions(name: str, field: str = "parent") -> tuple[str, str]:
    """Workspace and kind in `workspaces/w/pipelines`. Raises CallerError (BAD_REQUEST, naming `field`)."""
    head, _, kind = name.rpartition("/")
    if kind not in DEFINITION_KINDS:
        raise CallerError.about(
            field, f'{_shown(name)} is not of the form "workspaces/{{workspace}}/pipelines" or "…/destinations"'
        )
    return parse_workspace(head, field), kind


def parse_pipeline_reference(workspace: str, text: str, field: str = "pipeline") -> tuple[str, int]:
    """The pipeline and the version, 0 for the live one, that `text` refers to inside `workspace` (an id).

    Raises:
        CallerError: BAD_REQUEST naming `field`: `text` is neither, or is a full name of another workspace.
    """
    full = text if text.startswith("workspaces/") else f"workspaces/{workspace}/{text}"
    parts = full.split("/")
    pattern = {4: _PIPELINE, 6: (*_PIPELINE, "versions", "{number}")}.get(len(parts))
    found = _match(parts, pattern) if pattern else None
    if found is None:
        forms = '"pipelines/{pipeline}", and "/versions/{number}" after it'
        raise CallerError.about(field, f"{_shown(text)} is not of the form {forms}; {ID_RULE}")
    if found[0] != workspace:
        told = f"{_shown(text)} belongs to another workspace than the request, which is for {_shown(workspace)}"
        raise CallerError.about(field, told)
    return found[1], int(found[2]) if len(found) > 2 else 0


def check_handle(value: str, field: str) -> None:
    """Raises CallerError (BAD_REQUEST, naming `field`) unless code may import a library of this name."""
    if not _HANDLE.fullmatch(value):
        raise CallerError.about(field, f"{_shown(value)} is no handle; {_HANDLE_RULE}")
    if value in _TAKEN or value in sys.stdlib_module_names or keyword.iskeyword(value):
        raise CallerError.about(field, f"{_shown(value)} means something else in code already; choose another handle")


def parse_library_version(name: str, field: str = "name") -> tuple[str, str, int]:
    """Workspace, handle and number of a library version's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, handle, number = _parse(name, _LIBRARY_VERSION, field)
    return workspace, handle, int(number)


def check_name(value: str, field: str) -> None:
    """Raises CallerError (BAD_REQUEST, naming `field`) unless `value` may be the id of a secret or a table."""
    if not _NAME.fullmatch(value):
        raise CallerError.about(field, f"{_shown(value)} is not an id; {_NAME_RULE}")


def check_id(value: str, field: str) -> None:
    """Raises CallerError (BAD_REQUEST, naming `field`) unless `value` may be the id of a workspace, transformation or alias."""
    if not _ID.fullmatch(value):
        raise CallerError.about(field, f"{_shown(value)} is not an id; {ID_RULE}")


def parse_workspace(name: str, field: str = "name") -> str:
    """The id in `workspaces/{workspace}`. Raises CallerError (BAD_REQUEST, naming `field`)."""
    return _parse(name, _WORKSPACE, field)[0]


def parse_transformation(name: str, field: str = "name") -> tuple[str, str]:
    """Workspace and transformation of a transformation's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, transformation = _parse(name, _TRANSFORMATION, field)
    return workspace, transformation


def parse_version(name: str, field: str = "name") -> tuple[str, str, int]:
    """Workspace, transformation and number of a version's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, transformation, number = _parse(name, _VERSION, field)
    return workspace, transformation, int(number)


def parse_alias(name: str, field: str = "name") -> tuple[str, str, str]:
    """Workspace, transformation and alias of an alias's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, transformation, alias = _parse(name, _ALIAS, field)
    return workspace, transformation, alias


def parse_key(name: str, field: str = "name") -> str:
    """The id in `keys/{key}`. Raises CallerError (BAD_REQUEST, naming `field`), which never quotes: it may be a whole key."""
    found = _match(name.split("/"), _KEY)
    if found is None:
        raise CallerError.about(field, f'is not of the form "{"/".join(_KEY)}", with the id of a key, not the key itself')
    return found[0]


def parse_secret(name: str, field: str = "name") -> tuple[str, str]:
    """Workspace and id of a secret's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, secret = _parse(name, _SECRET, field)
    return workspace, secret


def parse_table(name: str, field: str = "name") -> tuple[str, str]:
    """Workspace and id of a table's name. Raises CallerError (BAD_REQUEST, naming `field`)."""
    workspace, table = _parse(name, _TABLE, field)
    return workspace, table


def parse_reference(workspace: str, text: str, field: str = "transformations") -> Reference:
    """What `text` refers to inside `workspace` (an id): a transformation, an alias or a version, by short or by full name.

    Raises:
        CallerError: BAD_REQUEST naming `field`: `text` is none of these, or is a full name of another workspace.
    """
    full = text if text.startswith("workspaces/") else f"workspaces/{workspace}/{text}"
    parts = full.split("/")
    pattern = {4: _TRANSFORMATION, 6: _ALIAS if parts[4:5] == ["aliases"] else _VERSION}.get(len(parts))
    found = _match(parts, pattern) if pattern else None
    if found is None:
        forms = '"transformations/{transformation}", and "/aliases/{alias}" or "/versions/{number}" after it'
        raise CallerError.about(field, f"{_shown(text)} is not of the form {forms}; {ID_RULE}")
    if found[0] != workspace:
        raise CallerError.about(
            field, f"{_shown(text)} belongs to another workspace than the request, which is for {_shown(workspace)}"
        )
    if pattern is _ALIAS:
        return Reference(found[1], alias=found[2])
    return Reference(found[1], version=int(found[2]) if pattern is _VERSION else 0)


def _parse(name: str, pattern: tuple[str, ...], field: str) -> list[str]:
    found = _match(name.split("/"), pattern)
    if found is None:
        rule = _NAME_RULE if pattern in {_SECRET, _TABLE} else _HANDLE_RULE if "{handle}" in pattern else ID_RULE
        rule = rule if "{number}" not in pattern else f"a number counts from 1; {rule}"
        told = f'{_shown(name)} is not of the form "{"/".join(pattern)}"; {rule}'
        raise CallerError.about(field, _wrong_part(name, pattern) or told)
    return found


def _wrong_part(name: str, pattern: tuple[str, ...]) -> str:
    """What is wrong with a name of the right form: the id in it that is none, without the rest. Empty if its form is wrong."""
    parts = name.split("/", len(pattern) - 1)
    if len(parts) != len(pattern):
        return ""
    told = ""
    for part, wanted in zip(parts, pattern, strict=True):
        if not wanted.startswith("{"):
            if part != wanted:
                return ""
        elif not told and not _RULES.get(wanted, _ID).fullmatch(part):
            rule = _SAID.get(wanted, ID_RULE)
            what = {"{number}": "number of a version", "{alias}": "id of an alias"}.get(wanted, f"id of a {wanted[1:-1]}")
            told = f"{_shown(part)} cannot be the {what}; {rule}"
    return told


def _match(parts: list[str], pattern: tuple[str, ...]) -> list[str] | None:
    if len(parts) != len(pattern):
        return None
    found = []
    for part, wanted in zip(parts, pattern, strict=True):
        if not wanted.startswith("{"):
            if part != wanted:
                return None
        elif _RULES.get(wanted, _ID).fullmatch(part):
            found.append(part)
        else:
            return None
    return found


def _shown(value: str) -> str:
    cut = value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}…"
    return json.dumps(cut)
