"""Every command, and what their groups are for.

Apart from the way in (`main`), because it loads all that commands need: a server starts without.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from transformer.cli.activate import ACTIVATE, DEACTIVATE, ROLLBACK
from transformer.cli.apply import APPLY
from transformer.cli.audit import AUDIT
from transformer.cli.check import CHECK
from transformer.cli.dead_letters import DEAD_LETTERS
from transformer.cli.definitions import DEFINITIONS
from transformer.cli.demo import DEMO
from transformer.cli.events import EVENTS
from transformer.cli.gateway import GATEWAY
from transformer.cli.keys import KEYS
from transformer.cli.library import LIBRARY
from transformer.cli.list import LIST
from transformer.cli.mapper import MAPPER
from transformer.cli.publish import PUBLISH
from transformer.cli.replay import REPLAY
from transformer.cli.run import RUN
from transformer.cli.secrets import SECRETS
from transformer.cli.send import PIPELINE_RUN, SEND
from transformer.cli.serve import SERVE
from transformer.cli.settings import SETTINGS
from transformer.cli.show import DIFF, SHOW
from transformer.cli.spec import CommandSpec
from transformer.cli.table import TABLE
from transformer.cli.tap import TAP
from transformer.cli.test import TEST
from transformer.cli.warehouse import WAREHOUSE

__all__ = ["COMMANDS", "GROUPS"]

COMMANDS: Final[tuple[CommandSpec, ...]] = (
    DEMO,
    RUN,
    TEST,
    CHECK,
    EVENTS,
    SERVE,
    PUBLISH,
    ACTIVATE,
    DEACTIVATE,
    ROLLBACK,
    LIST,
    SHOW,
    DIFF,
    AUDIT,
    *KEYS,
    *SECRETS,
    *TABLE,
    *DEFINITIONS,
    PIPELINE_RUN,
    *APPLY,
    *LIBRARY,
    *MAPPER,
    *WAREHOUSE,
    GATEWAY,
    SEND,
    *DEAD_LETTERS,
    REPLAY,
    TAP,
    SETTINGS,
)
"""Every command, in the order of the help. One whose name has two words belongs to the group of the first."""

GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "dead-letters": "Look at events that failed and were kept, and remove them for good.",
        "destination": "Push where events go, with settings, and list, activate and delete them.",
        "pipeline": "Push what is to be done with events and where they go, run it, and list, activate and delete it.",
        "gateway": "Find out what a data plane that exists would meet at the HTTP gateway.",
        "library": "Use and write transforms that everybody may import, or run as a step.",
        "mapper": "Use and write what maps events to what destinations expect.",
        "keys": "Make, list and revoke the API keys that callers show a server.",
        "table": "Push reference tables, which code looks into, and list, activate and delete them.",
        "warehouse": "See what events are as rows of a warehouse, and make the tables for them.",
        "secrets": "Set, list and delete what code may ask for with getCredential, and rotate what encrypts it.",
    }
)
"""What a group of commands is for."""
