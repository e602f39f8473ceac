"""`transformer secrets`: set, list and delete secrets; make keys, and encrypt everything anew with another one.

A value comes from stdin, a file, or a question at the terminal: never from the command line, which other users of a machine can
read and which shells remember.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.prompt import Prompt

from transformer.cli.exits import CommandError, Exit
from transformer.cli.options import AsJson
from transformer.cli.server import SERVER_SETTINGS, all_pages, connect
from transformer.cli.spec import CommandSpec
from transformer.cli.talk import print_json, print_lines, print_table, say, stderr
from transformer.cli.words import many, moment
from transformer.client import Secret
from transformer.limits import MAX_SECRET_BYTES
from transformer.settings import Settings

__all__ = ["SECRETS"]

_NAME: Final = typer.Argument(help="The secret, as code asks for it.", metavar="NAME")


def set_(
    name: Annotated[str, _NAME],
    file: Annotated[
        Path | None, typer.Option("--file", help="Take the value from this file, as it is.", metavar="FILE")
    ] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Give a secret a value, from stdin, a file or a question; create it if need be.

    One line feed at the end of stdin is not part of the value. Running code gets the new one within two seconds. Nobody can
    read it back.
    """
    value = _from_file(file) if file else _asked(name) if sys.stdin and sys.stdin.isatty() else _from_stdin()
    with connect(settings) as client:
        done = client.update_secret(settings.workspace, name, value, allow_missing=True)
    if as_json:
        print_json(_as_json(done))
    else:
        print_lines([done.name])
    say(f"{name} is set; code may get it that declares secrets: [{name}]", "green")
    return Exit.OK


def list_(as_json: AsJson = False, *, settings: Settings) -> Exit:
    """List the secrets of the workspace, without their values."""
    with connect(settings) as client:
        found = list(all_pages(lambda size, token: client.list_secrets(settings.workspace, size, token)))
    if as_json:
        print_json([_as_json(one) for one in found])
    elif found:
        rows = [(one.id, moment(one.created), moment(one.updated), one.actor) for one in found]
        print_table(("secret", "created", "set", "by"), rows)
    else:
        say(f"workspace {settings.workspace} has no secrets")
    return Exit.OK


def delete(name: Annotated[str, _NAME], *, settings: Settings) -> Exit:
    """Delete a secret. Code that asks for it is told that there is none."""
    with connect(settings) as client:
        client.delete_secret(settings.workspace, name)
    say(f"deleted {name}", "green")
    return Exit.OK


def key() -> Exit:
    """Print a new key for a server to encrypt secrets with.

    It goes into the file that `secrets_key_file` names, or into TRANSFORMER_SECRETS_KEY. Whoever loses it loses the secrets.
    """
    from transformer.registry.sealing import new_key  # the other commands start without the registry's libraries

    print_lines([new_key()])
    return Exit.OK


def rotate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look whether it could be done, and change nothing.")] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> Exit:
    """Encrypt every secret of every workspace with the first of the server's keys.

    Put a new key first in the file of keys of every server and restart them; rotate; then take the old key away.
    """
    with connect(settings) as client:
        done = client.rotate_secrets(validate_only=dry_run)
    if as_json:
        print_json({"rotated": done.rotated, "total": done.total, "dry_run": dry_run})
    verb = "would be" if dry_run else "were" if done.rotated != 1 else "was"
    say(f"{many(done.rotated, 'secret')} of {done.total} {verb} encrypted anew", "green")
    return Exit.OK


def _from_stdin() -> str:
    if sys.stdin is None:
        raise CommandError("there is no standard input to read the value from; name a file with --file")
    content = sys.stdin.buffer.read(MAX_SECRET_BYTES + len(b"\r\n") + 1)
    return _text("the standard input", content.removesuffix(b"\n").removesuffix(b"\r"))


def _from_file(path: Path) -> str:
    with path.open("rb") as opened:
        return _text(str(path), opened.read(MAX_SECRET_BYTES + 1))


def _asked(name: str) -> str:
    return Prompt.ask(f"value of {name}", password=True, console=stderr())


def _text(where: str, content: bytes) -> str:
    if len(content) > MAX_SECRET_BYTES:  # told here: what was read is no more than its beginning
        raise CommandError(f"{where}: the value is too long; at most {MAX_SECRET_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise CommandError(f"{where}: the value is not UTF-8 text; encode a binary one, in base64 for example") from None


def _as_json(secret: Secret) -> dict[str, object]:
    return {
        "name": secret.name,
        "secret": secret.id,
        "created": secret.created.isoformat(),
        "updated": secret.updated.isoformat(),
        "actor": secret.actor,
    }


SECRETS: Final = (
    CommandSpec(
        name="secrets set",
        run=set_,
        settings=SERVER_SETTINGS,
        examples=("transformer secrets set CRM_KEY < crm.key", "transformer secrets set CRM_KEY --file crm.key"),
    ),
    CommandSpec(
        name="secrets list",
        run=list_,
        settings=SERVER_SETTINGS,
        examples=("transformer secrets list", "transformer secrets list --json"),
    ),
    CommandSpec(name="secrets delete", run=delete, settings=SERVER_SETTINGS, examples=("transformer secrets delete CRM_KEY",)),
    CommandSpec(name="secrets key", run=key, settings=(), examples=("transformer secrets key > secrets.key",)),
    CommandSpec(
        name="secrets rotate",
        run=rotate,
        settings=SERVER_SETTINGS,
        examples=("transformer secrets rotate --dry-run", "transformer secrets rotate"),
    ),
)
