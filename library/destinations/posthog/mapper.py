"""PostHog: captured events, persons, groups, and batches of these."""

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import object_in, without
from transformer.mappers.user_agents import describe
from transformer.mappers.values import EMPTY, absent, json_text, text

_HOST = "https://app.posthog.com"


def identify(event, call):
    """What is known of a person."""
    made = _made(event, call, "$identify", "identify", EMPTY)
    made["properties"].pop("$set", None)
    traits = field(event, "traits")
    if isinstance(traits, dict) and traits:
        made["$set"] = traits
    return _sent(made, call)


def track(event, call):
    """An event as it happened."""
    if absent(event.get("event")):
        raise InstrumentationError("Event name is required")
    return _sent(_made(event, call, event["event"], "capture", object_in(event, "properties")), call)


def page(event, call):
    """A view of a page."""
    return _sent(_made(event, call, "$pageview", "page", object_in(event, "properties")), call)


def screen(event, call):
    """A view of a screen."""
    own = object_in(event, "properties")
    name = event.get("name") or event.get("event") or own.get("name")
    return _sent(_made(event, call, "$screen", "screen", {"$screen_name": name, **own} if name else own), call)


def alias(event, call):
    """That two ids are one person's."""
    own = {"alias": event["previousId"]} if event.get("previousId") else EMPTY
    made = _made(event, call, "$create_alias", "alias", own)
    made.pop("distinct_id", None)
    return _sent(made, call)


def group(event, call):
    """What is known of a group, and that the person belongs to it."""
    traits, key = object_in(event, "traits"), field(event, "group_id")
    if not call.settings.get("useV2Group"):
        own = {**traits, "$group_id": key} if key else traits
        return _sent(_made(event, call, "$group", "group", own), call)
    kind = traits.get("groupType")
    if absent(kind) or absent(key):
        raise InstrumentationError(
            "groupType is required for Group call" if absent(kind) else "groupId is required for Group call"
        )
    own = {
        "$group_type": kind,
        "$group_key": key,
        "$group_set": without(traits, ("groupType",)),
        "$groups": {text(kind): key},
    }
    return _sent(_made(event, call, "$groupidentify", "group", own), call)


def _made(event, call, name, kind, own):
    context = object_in(event, "context")
    properties = call.map("properties", event)
    if traits := object_in(context, "traits"):
        properties["$set"] = traits
    agent = context.get("userAgent")
    if event.get("channel") == "web" and isinstance(agent, str) and agent:
        known = describe(agent)
        for key, value in (("$os", known.system), ("$browser", known.browser), ("$browser_version", known.browser_version)):
            if value:
                properties[key] = value
    made = call.map("head", event)
    made["event"], made["type"] = name, kind
    made["properties"] = properties | own if own else properties
    return made


def _sent(made, call):
    return request(f"{_instance(call)}/batch", made, headers={"Content-Type": "application/json"})


def _instance(call):
    return (call.settings.get("yourInstance") or _HOST).rstrip("/")


def batches(jobs, call):
    """As many events in one request as PostHog takes, in their order."""
    limits = call.functions["BATCHING"]
    groups, events, size = [], [], 0
    for job in jobs:
        own = [without(made["body"]["JSON"], ("api_key",)) for made in job.requests]
        length = len(json_text(own))
        if not groups or len(events) + len(own) > limits["events"] or size + length > limits["bytes"]:
            events, size = [], 0
            body = {"api_key": call.settings.get("teamApiKey"), "batch": events}
            endpoint = f"{_instance(call)}/batch"
            groups.append(Group(request(endpoint, body, headers={"Content-Type": "application/json"}, path="/batch"), []))
        events += own
        size += length
        groups[-1].jobs.append(job)
    return groups
