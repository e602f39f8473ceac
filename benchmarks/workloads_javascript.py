"""The transformations of `workloads.py` as a user would write them in JavaScript.

Each does to an event what its namesake does, but for the hash of *sample*: that of `crypto` is asynchronous, so this is FNV-1a.
"""

from benchmarks.workloads import Workload

__all__ = ["JAVASCRIPT_WORKLOADS"]

IDENTITY = Workload("identity", "export function transformEvent(event, metadata) {\n  return event;\n}\n")

FIELDS = Workload(
    "fields",
    """\
const RENAMED = [["originalTimestamp", "original_timestamp"], ["messageId", "message_id"], ["anonymousId", "anonymous_id"]];

export function transformEvent(event, metadata) {
  const context = (event.context ??= {});
  const traits = event.traits ?? (context.traits ??= {});
  for (const [old, renamed] of RENAMED) {
    if (old in event) {
      event[renamed] = event[old];
      delete event[old];
    }
  }
  delete context.ip;
  delete context.userAgent;
  if ("event" in event) event.event = event.event.trim().toLowerCase().replaceAll(" ", "_");
  if (traits.email) {
    traits.email = traits.email.toLowerCase();
    traits.emailDomain = traits.email.slice(traits.email.lastIndexOf("@") + 1);
  }
  if (traits.name) {
    const [first, ...last] = traits.name.split(" ");
    traits.firstName = first;
    traits.lastName = last.join(" ");
  }
  event.schema_version = 2;
  return event;
}
""",
)

SCRUB = Workload(
    "scrub",
    r"""const EMAIL = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g;
const PHONE = /\+?\d[\d\s().-]{7,}\d/g;

function clean(value) {
  if (typeof value === "string") return value.replace(EMAIL, "[email]").replace(PHONE, "[phone]");
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) value[key] = clean(value[key]);
  }
  return value;
}

export function transformEvent(event, metadata) {
  return clean(event);
}
""",
)

SAMPLE = Workload(
    "sample",
    """\
const SHARE = 25;

export function transformEvent(event, metadata) {
  const user = event.userId || event.anonymousId || "";
  let hash = 0x811c9dc5;
  for (let at = 0; at < user.length; at++) hash = Math.imul(hash ^ user.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % 100 < SHARE ? event : null;
}
""",
    emits=False,
)

JAVASCRIPT_WORKLOADS = (IDENTITY, FIELDS, SCRUB, SAMPLE)
