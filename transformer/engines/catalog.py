"""The engines, all of them, in one visible list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from transformer.engines.base import EngineSpec
from transformer.engines.javascript.spec import JAVASCRIPT
from transformer.engines.mapper.spec import MAPPER
from transformer.engines.python.spec import NATIVES, PYTHON
from transformer.engines.tracking_plan.spec import TRACKING_PLAN
from transformer.engines.wasm.spec import WASM

__all__ = ["COMPANIONS", "ENGINES", "SUFFIXES", "engine_of_file"]

ENGINES: Final[Mapping[str, EngineSpec]] = MappingProxyType({spec.name: spec for spec in (PYTHON, JAVASCRIPT, WASM)})
COMPANIONS: Final[Mapping[str, EngineSpec]] = MappingProxyType({spec.name: spec for spec in (NATIVES, MAPPER, TRACKING_PLAN)})
"""What a worker may hold beside its engines, where a plan needs it. Nobody's code is written for one of these."""

SUFFIXES: Final = tuple(suffix for spec in ENGINES.values() for suffix in spec.suffixes)
"""How the files end that some engine runs."""


def engine_of_file(name: str) -> EngineSpec:
    """The engine that a source file is for, by its ending. Raises ValueError, naming the known endings."""
    for spec in ENGINES.values():
        if name.endswith(spec.suffixes):
            return spec
    raise ValueError(f"{name}: no engine runs such files; known endings: {', '.join(SUFFIXES)}")
