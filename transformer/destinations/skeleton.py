"""A new destination that works at once: a definition of one request, a mapping, and a case for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from transformer.destinations.definition import read_definition
from transformer.destinations.docs import readme

__all__ = ["write_skeleton"]

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")

_DEFINITION: Final = """\
name: {name}
title: {title}
summary: Sends people and what they do to {title}.
documentation: https://api.example.com/docs
author: your name
licence: Apache-2.0
settings:
  apiKey: {{type: string, secret: true, description: The key of the account's API.}}
  region: {{type: string, enum: [us, eu], default: us, description: Where the account's data is kept.}}
require:
  - {{that: present(settings.apiKey), message: The setting apiKey is missing, category: configuration}}
events:
  identify: person
  track: event
requests:
  person:
    endpoint: "https://{{settings.region}}.api.example.com/people"
    headers: {{Content-Type: application/json, Authorization: "Bearer {{settings.apiKey}}"}}
    body: {{JSON: person}}
  event:
    endpoint: "https://{{settings.region}}.api.example.com/events"
    headers: {{Content-Type: application/json, Authorization: "Bearer {{settings.apiKey}}"}}
    body: {{JSON: event}}
mappings:
  person:
    - {{to: id, from: $user_id, required: true}}
    - {{to: email, from: $email, as: [trim, lower]}}
    - {{to: name, template: "{{$first_name}} {{$last_name}}"}}
  event:
    - {{to: user, from: $user_id, required: true}}
    - {{to: name, from: event, required: true}}
    - {{to: time, from: $timestamp, as: unix_seconds}}
    - {{to: revenue, from: [properties.revenue, properties.total], as: number}}
    - {{to: properties, from: properties, except: [revenue, total]}}
"""

_CASES: Final = """\
[
  {{
    "name": "a person",
    "settings": {{"apiKey": "key", "region": "eu"}},
    "event": {{
      "type": "identify",
      "userId": "u1",
      "traits": {{"email": " Ann@Example.com ", "firstName": "Ann", "lastName": "Lee"}}
    }},
    "expect": {{
      "requests": [
        {{
          "version": "1",
          "type": "REST",
          "method": "POST",
          "endpoint": "https://eu.api.example.com/people",
          "headers": {{"Content-Type": "application/json", "Authorization": "Bearer key"}},
          "params": {{}},
          "body": {{
            "JSON": {{"id": "u1", "email": "ann@example.com", "name": "Ann Lee"}},
            "JSON_ARRAY": {{}},
            "XML": {{}},
            "FORM": {{}}
          }},
          "files": {{}}
        }}
      ]
    }}
  }},
  {{
    "name": "an event without a name",
    "settings": {{"apiKey": "key"}},
    "event": {{"type": "track", "userId": "u1"}},
    "expect": {{"error": {{"category": "instrumentation", "message": "Missing required value from \\"event\\""}}}}
  }}
]
"""


def write_skeleton(folder: Path, name: str) -> Path:
    """Write a destination of this name below `folder`, and return where. Raises ValueError: the name; FileExistsError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:64]!r} cannot be the name of a destination: small letters, digits and _, a letter first")
    place = folder / name
    place.mkdir(parents=True)
    place.joinpath("cases").mkdir()
    title = name.replace("_", " ").title()
    place.joinpath("destination.yaml").write_text(_DEFINITION.format(name=name, title=title), "utf-8")
    place.joinpath("cases", "cases.json").write_text(_CASES.format(), "utf-8")
    place.joinpath("README.md").write_text(readme(read_definition(place)), "utf-8")
    return place
