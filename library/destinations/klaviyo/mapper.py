"""Klaviyo: profiles with properties of their own, events with the profile of whoever did them, subscriptions to lists."""

import re

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import NAME_TRAITS, field
from transformer.mappers.paths import at, first, only, without
from transformer.mappers.values import EMPTY, absent, flatten, floating, listed, lower, text

_HOST = "https://a.klaviyo.com"
_REVISIONS = {"v2": "2024-10-15", "v3": "2026-04-15"}
_OLD = "2023-02-22"
_SUBSCRIBE = "profile-subscription-bulk-create-job"
_UNSUBSCRIBE = "profile-subscription-bulk-delete-job"
_CHANNELS = (("email", "email"), ("sms", "phone_number"))
_NEEDLESS = re.compile(r"[\s()-]+")
_E164 = re.compile(r"\+[1-9]\d{1,14}")
# Traits that are fields of a profile; all others are its properties.
_FIELDS = frozenset(
    {
        *("email", "phone", "title", "organization", "image", "avatar", "userId", "anonymousId", "properties"),
        *NAME_TRAITS,
        *("street", "city", "region", "country", "zip", "timezone", "latitude", "longitude"),
    }
)
_OLD_FIELDS = _FIELDS | {"id"}
_SHOP = {"product viewed": "viewed", "product added": "added", "checkout started": "started"}
_NAMES = {"viewed": "Viewed Product", "added": "Added to Cart", "started": "Started Checkout"}
_TRAITS = {"email": "email", "phone": "phone", "phone_number": "phone"}
_MOST = 100


def identify(event, call):
    """The profile, and its subscription to a list where the event asks for one."""
    event = _as_mapped(event)
    made = [_sent("/api/profile-import", _imported(event, call), call)]
    asked = first(event, "traits.properties", "context.traits.properties")
    asked = asked if isinstance(asked, dict) else EMPTY
    at_list = asked.get("listId") or call.settings.get("listId")
    if isinstance(asked.get("subscribe"), bool) and at_list:
        made.append(_subscription(event, call, at_list, subscribed=asked["subscribe"], consent=asked.get("consent")))
    return made


def track(event, call):
    """An event with its profile."""
    event = _as_mapped(event)
    if not _is_new(call):
        return _sent("/api/events", _old_event(event, call), call)
    made = call.map("event", event)
    if isinstance(made.get("properties"), dict):
        made["properties"] = _flat(made["properties"], call)
    person, meta = _profile(event, call)
    made["profile"] = {"data": {"type": "profile", "attributes": person | {"meta": meta}}}
    return _sent("/api/events", {"data": {"type": "event", "attributes": made}}, call)


def group(event, call):
    """A profile's subscription to the list that the group is."""
    at_list = event.get("groupId")
    if absent(at_list):
        raise InstrumentationError("groupId is a required field for group events")
    subscribed = at(event, "traits.subscribe")
    if not isinstance(subscribed, bool):
        old = "Subscribe flag not included in group call"
        raise InstrumentationError("subscribe flag should be included in group call" if _is_new(call) else old)
    consent = first(event, "traits.consent", "context.traits.consent")
    return _subscription(event, call, at_list, subscribed=subscribed, consent=consent)


def amount(value):
    """A number, or a text that begins with one. Anything else is an error."""
    known = floating(value)
    if known is None:
        raise InstrumentationError("Invalid float value")
    return known


def batch(jobs, call):
    """Profiles and subscriptions of like jobs together; of one user, what came later is never sent earlier."""
    made = []
    for one in _in_order(jobs):
        if one[0].requests[0]["endpoint"].endswith("/api/events"):
            made += [Group(job.requests[0], [job], batched=False) for job in one]
        else:
            made += _together(one)
    return made


def _in_order(jobs):
    groups, last = [], {}
    for job in jobs:
        kind = text(job.event.get("type")).lower() if isinstance(job.event, dict) else ""
        user = text(job.metadata.get("userId")) if isinstance(job.metadata, dict) else ""
        place = last.get(user, 0)
        while place < len(groups) and groups[place][0] != kind:
            place += 1
        if place == len(groups):
            groups.append((kind, []))
        groups[place][1].append(job)
        last[user] = place
    return [one for _, one in groups]


def _together(jobs):
    """Jobs that subscribe to the same list, or leave it; then those that are profiles alone."""
    lists, others = {}, []
    for job in jobs:
        job_of_list = job.requests[-1]
        if job_of_list["endpoint"].endswith("-jobs"):
            lists.setdefault((job_of_list["endpoint"], _list_of(job_of_list)), []).append(job)
        else:
            others.append(job)
    made = []
    for alike in lists.values():
        for start in range(0, len(alike), _MOST):
            part = alike[start : start + _MOST]
            profiles = [one for job in part for one in job.requests[:-1]]
            made.append(Group([*profiles, _merged([job.requests[-1] for job in part])], part))
    for start in range(0, len(others), _MOST):
        part = others[start : start + _MOST]
        made.append(Group([one for job in part for one in job.requests], part))
    return made


def _list_of(made):
    data = made["body"]["JSON"]["data"]
    return text(first(data, "relationships.list.data.id", "attributes.list_id"))


def _merged(requests):
    """One request with the profiles of several."""
    head = requests[0]
    data = head["body"]["JSON"]["data"]
    every = [one["body"]["JSON"]["data"]["attributes"] for one in requests]
    if "profiles" in data["attributes"]:
        attributes = {"profiles": {"data": [profile for one in every for profile in one["profiles"]["data"]]}}
    else:
        attributes = data["attributes"] | {"subscriptions": [person for one in every for person in one["subscriptions"]]}
    return head | {"body": head["body"] | {"JSON": {"data": data | {"attributes": attributes}}}}


def _is_new(call):
    return call.settings.get("apiVersion") in _REVISIONS


def _imported(event, call):
    person, meta = _profile(event, call)
    return {"data": {"type": "profile", "attributes": person, "meta": meta}}


def _profile(event, call):
    """A profile's fields and properties, and what is to be done to lists that it has."""
    made = call.map("profile", event)
    _check_address(made, call, "email", "phone_number")
    phone = made.get("phone_number")
    if _is_new(call) and phone is not None and not _E164.fullmatch(_NEEDLESS.sub("", text(phone))):
        raise InstrumentationError("Phone number is not in E.164 format.")
    patch = call.options(event)
    append, unappend = _named(patch.get("fieldsToAppend")), _named(patch.get("fieldsToUnappend"))
    traits = _traits(event)
    others = without(traits, {*_FIELDS, *append, *unappend})
    operations = {
        "append": only(traits, append),
        "unappend": only(traits, unappend),
        "unset": _named(patch.get("fieldsToUnset")),
    }
    made["properties"] = _flat(others, call)
    if call.settings.get("enforceEmailAsPrimary"):
        known = field(event, "user_id_only")
        if known is not None:
            made["properties"]["_id"] = known
    return made, {"patch_properties": {key: one for key, one in operations.items() if one}}


def _as_mapped(event):
    """An event of reverse ETL with its external id as the user's id, and as the trait that it is said to be."""
    external = at(event, "context.externalId.0")
    if not (at(event, "context.mappedToDestination") and isinstance(external, dict) and external.get("id")):
        return event
    traits = field(event, "traits")
    traits = dict(traits) if isinstance(traits, dict) else {}
    trait = _TRAITS.get(external.get("identifierType"))
    if trait:
        traits[trait] = external["id"]
    return {**event, "userId": external["id"], "traits": traits}


def _check_address(made, call, *keys):
    if call.settings.get("enforceEmailAsPrimary") and not any(key in made for key in keys):
        raise InstrumentationError("None of email and phone are present in the payload")


def _named(given):
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _traits(event):
    found = field(event, "traits")
    return found if isinstance(found, dict) else EMPTY


def _flat(properties, call):
    return flatten(properties, ".", lists=False) if call.settings.get("flattenProperties") else properties


def _old_event(event, call):
    made = call.map("old_event", event)
    person = call.map("old_profile", event)
    _check_address(person, call, "$email", "$phone_number")
    made["profile"] = person | _flat(without(_traits(event), _OLD_FIELDS), call)
    name = event.get("event")
    kind = _SHOP.get(name.strip().lower()) if isinstance(name, str) and lower(event.get("type")) == "track" else None
    properties = made.get("properties")
    if kind and isinstance(properties, dict):
        made["metric"] = {"name": _NAMES[kind]}
        properties = made["properties"] = call.map(kind, properties, event)
    if isinstance(properties, dict):
        made["properties"] = _flat(properties, call)
    return {"data": {"type": "event", "attributes": made}}


def _subscription(event, call, at_list, *, subscribed, consent):
    person = call.map("subscriber", event)
    kind = _SUBSCRIBE if subscribed else _UNSUBSCRIBE
    channels = listed(consent or call.settings.get("consent") or [])
    channels = [name for name, needs in _CHANNELS if name in channels and needs in person]
    if not _is_new(call):
        if subscribed and channels:
            person["channels"] = {name: ["MARKETING"] for name in channels}
        attributes = {"list_id": at_list, "subscriptions": [person]}
        return _sent(f"/api/{kind}s", {"data": {"type": kind, "attributes": attributes}}, call)
    if channels and (subscribed or call.settings["apiVersion"] != "v2"):
        state = "SUBSCRIBED" if subscribed else "UNSUBSCRIBED"
        person["subscriptions"] = {name: {"marketing": {"consent": state}} for name in channels}
    data = {
        "type": kind,
        "attributes": {"profiles": {"data": [{"type": "profile", "attributes": person}]}},
        "relationships": {"list": {"data": {"type": "list", "id": at_list}}},
    }
    return _sent(f"/api/{kind}s", {"data": data}, call)


def _sent(path, body, call):
    headers = {
        "Authorization": f"Klaviyo-API-Key {text(call.settings.get('privateApiKey') or '')}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "revision": _REVISIONS.get(call.settings.get("apiVersion"), _OLD),
    }
    return request(_HOST + path, body, headers=headers, path=path)
