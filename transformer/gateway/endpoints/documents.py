"""GET /openapi.json and GET /docs: the gateway described, for machines and for people.

The page works where there is no way to the internet: all that it loads comes from here. Nothing of it may run that is not its
own, and it asks nobody else.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from transformer.access import Rule
from transformer.gateway.replies.answers import Answer, refused, told
from transformer.gateway.requests.calls import Call

__all__ = ["Asset", "Description", "Page"]

_FILES: Final = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon.png")
_PACKAGE: Final = "fastapi_offline"
"""Has the files of Swagger UI. Nothing of it is imported."""

_START: Final = b"""\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#page",
  validatorUrl: null,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
_PAGE: Final = b"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transformer: HTTP gateway</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon.png">
</head>
<body>
<div id="page"></div>
<noscript>This page is made by a script. <a href="openapi.json">The description itself</a> needs none.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_SAFE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
)
_KEPT: Final[Mapping[str, str]] = MappingProxyType({**_SAFE, "Cache-Control": "public, max-age=86400"})


class Description:
    """GET /openapi.json."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """`rules` are those of all routes that are served."""
        self._rules = rules
        self._answer: Answer | None = None

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """The description, made when somebody first asks for it: most servers are never asked."""
        if self._answer is None:
            from transformer.gateway.description.openapi import describe

            self._answer = told(describe(self._rules))
        return self._answer


class Page:
    """GET /docs."""

    async def __call__(self, call: Call) -> Answer:  # noqa: ARG002 - as every endpoint
        """The page."""
        return Answer(HTTPStatus.OK, _PAGE, _SAFE, b"text/html; charset=utf-8")


class Asset:
    """GET /docs/{asset}."""

    async def __call__(self, call: Call) -> Answer:
        """A file that the page loads."""
        name = call.path["asset"]
        content = _assets().get(name)
        if content is None:
            return refused(HTTPStatus.NOT_FOUND, "the page loads no such file")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        text = kind.startswith("text/")
        return Answer(HTTPStatus.OK, content, _KEPT, f"{kind}{'; charset=utf-8' if text else ''}".encode())


@cache
def _assets() -> Mapping[str, bytes]:
    """The files by their names, read when somebody first looks at the page."""
    found = find_spec(_PACKAGE)
    folders = list(found.submodule_search_locations or ()) if found else []
    files = (Path(folder) / "static" / name for folder in folders for name in _FILES)
    return {"start.js": _START} | {path.name: path.read_bytes() for path in files if path.is_file()}
