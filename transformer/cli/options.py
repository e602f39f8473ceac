"""Options that several commands have, with the same words in each."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["AsJson", "Libraries", "Parameters", "Uses"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Libraries = Annotated[
    list[str] | None,
    typer.Option(
        "--library", help="A library of the workspace's own, which the code imports; may be repeated.", metavar="HANDLE=FILE"
    ),
]
Uses = Annotated[
    list[str] | None,
    typer.Option("--use", help="Then this transform of the library; may be repeated.", metavar="library/NAME/vN"),
]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--with", help="Parameters of a --use, a JSON object; for each, or for none.", metavar="JSON"),
]
