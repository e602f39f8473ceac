"""The four transformations that everything is measured with, as a user would write them, and the events they get."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType

import orjson

from transformer.sample_events import sample_events

BATCHES = (1, 10, 100, 500)
SEED = 7


@dataclass(frozen=True, slots=True)
class Workload:
    """A transformation. `emits` says whether every event comes out again."""

    name: str
    source: str
    emits: bool = True

    def plain(self) -> FunctionType:
        """Its `transformEvent`, run by Python itself with no policy around it."""
        scope: dict[str, object] = {"log": lambda *_: None}
        exec(compile(self.source, f"{self.name}.py", "exec"), scope)  # our own source, from this file
        made = scope["transformEvent"]
        assert isinstance(made, FunctionType)
        return made


IDENTITY = Workload(
    "identity",
    """\
def transformEvent(event, metadata):
    return event
""",
)

FIELDS = Workload(
    "fields",
    """\
RENAMED = (("originalTimestamp", "original_timestamp"), ("messageId", "message_id"), ("anonymousId", "anonymous_id"))


def transformEvent(event, metadata):
    context = event.setdefault("context", {})
    traits = event.get("traits") or context.setdefault("traits", {})
    for old, new in RENAMED:
        if old in event:
            event[new] = event.pop(old)
    context.pop("ip", None)
    context.pop("userAgent", None)
    if "event" in event:
        event["event"] = event["event"].strip().lower().replace(" ", "_")
    email = traits.get("email")
    if email:
        traits["email"] = email.lower()
        traits["emailDomain"] = email.lower().rpartition("@")[2]
    name = traits.get("name")
    if name:
        first, _, last = name.partition(" ")
        traits["firstName"] = first
        traits["lastName"] = last
    event["schema_version"] = 2
    return event
""",
)

SCRUB = Workload(
    "scrub",
    """\
import re

EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\\\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\\\\+?\\\\d[\\\\d\\\\s().-]{7,}\\\\d")


def clean(value):
    if isinstance(value, str):
        return PHONE.sub("[phone]", EMAIL.sub("[email]", value))
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (str, dict, list)):
                value[key] = clean(inner)
        return value
    if isinstance(value, list):
        return [clean(inner) for inner in value]
    return value


def transformEvent(event, metadata):
    return clean(event)
""".replace("\\\\", "\\"),
)

SAMPLE = Workload(
    "sample",
    """\
import hashlib

SHARE = 25


def transformEvent(event, metadata):
    user = event.get("userId") or event.get("anonymousId") or ""
    if int(hashlib.sha256(user.encode()).hexdigest()[:8], 16) % 100 < SHARE:
        return event
    return None
""",
    emits=False,
)

WORKLOADS = (IDENTITY, FIELDS, SCRUB, SAMPLE)


def payloads(count: int) -> list[bytes]:
    """`count` events as JSON bytes, the same ones in every run."""
    return [orjson.dumps(event) for event in sample_events(count, SEED)]


def rounds_of(chosen: Namespace) -> tuple[Sequence[int], float, int, list[bytes]]:
    """What is measured against the floor: sizes of batches, seconds and rounds of each, and events for the largest."""
    batches = chosen.batches or ((1, 100) if chosen.quick else BATCHES)
    seconds, rounds = (0.3, 1) if chosen.quick else (1.0, 5)
    return batches, seconds, rounds, payloads(max(500, *batches))
