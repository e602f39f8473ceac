"""Mixpanel: events, profiles of users and groups, and batches of these."""

from functools import lru_cache

from transformer.mappers.batching import Group
from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at, object_in
from transformer.mappers.templates import fill
from transformer.mappers.timestamps import iso, unix_milliseconds
from transformer.mappers.user_agents import describe
from transformer.mappers.values import EMPTY, absent, basic_auth, items, json_text

_HOSTS = {"eu": "https://api-eu.mixpanel.com", "in": "https://api-in.mixpanel.com"}
_HOST = "https://api.mixpanel.com"
_LONGEST_ID = 36
_OLDEST = 5 * 365.25 * 24 * 3_600_000
_FIRST_NAMES, _LAST_NAMES = ("firstName", "firstname", "first_name"), ("lastName", "lastname", "last_name")
_IN_PROFILE = frozenset(
    (
        *_FIRST_NAMES,
        *_LAST_NAMES,
        *(
            "createdAt",
            "created_at",
            "email",
            "name",
            "username",
            "phone",
            "avatar",
            "country",
            "city",
            "region",
            "unsubscribed",
        ),
    )
)
_OF_ADDRESS = frozenset({"country", "city", "region"})
_ORDER = ("engage", "groups", "import")
_MOST = {"engage": 2000, "groups": 200, "import": 2000}


# ---------------------------------------------------------------------- events


def track(event, call):
    """An event, and before it what it adds to the user's profile."""
    name, properties = event.get("event"), object_in(event, "properties")
    if absent(name):
        raise InstrumentationError("Event name is required")
    made = []
    own = dict(properties)
    if not call.settings.get("dropTraitsInTrackEvent"):
        own |= object_in(object_in(event, "context"), "traits")
    sent = _imported(event, call, {"event": name, "properties": _complete(own, event, call)})
    if revenue := properties.get("revenue"):
        transaction = {"$time": iso(_time(event)), "$amount": revenue}
        made.append(_engaged(event, call, {"$append": {"$transactions": transaction}}))
    if increments := call.settings.get("propIncrements"):
        added = {key: properties[key] for key in _named(increments) if properties.get(key)}
        if added:
            made.append(_engaged(event, call, {"$add": added}))
    return [*made, sent]


def page(event, call):
    """A page as an event."""
    return _viewed(event, call, "Page")


def screen(event, call):
    """A screen as an event."""
    return _viewed(event, call, "Screen")


def _viewed(event, call, what):
    name = f"Loaded a {what}"
    if call.settings.get(f"useUserDefined{what}EventName"):
        pattern = call.settings.get(f"userDefined{what}EventTemplate")
        if not pattern:
            raise ConfigurationError(f"userDefined{what}EventTemplate is not set")
        name = fill(pattern, event)
    own = {**object_in(object_in(event, "context"), "traits"), **object_in(event, "properties")}
    said = {key: event[key] for key in ("name", "category") if event.get(key)}
    return _imported(event, call, {"event": name, "properties": _complete(own, event, call, said)})


def insert_id(value):
    """The id by which Mixpanel knows an event that comes twice."""
    if not isinstance(value, str):
        raise InstrumentationError("messageId should be of type string")
    return value[-_LONGEST_ID:]


def _complete(own, event, call, said=EMPTY):
    """Properties of an event, and over them what Mixpanel knows by names of its own."""
    own |= call.map("event", event)
    own["distinct_id"] = _distinct_id(event, call)
    own["time"] = unix_milliseconds(_time(event))
    _check_time(event, call)
    if call.settings.get("identityMergeApi") == "simplified" and event.get("anonymousId"):
        own["$device_id"] = event["anonymousId"]
    for key, value in object_in(object_in(event, "context"), "campaign").items():
        own["utm_campaign" if key == "name" else f"utm_{key}"] = value
    own |= said
    _add_browser(own, event)
    return own


def _add_browser(made, event):
    agent = object_in(event, "context").get("userAgent")
    if event.get("channel") == "web" and isinstance(agent, str) and agent:
        known = describe(agent)
        if known.browser:
            made["$browser"] = known.browser
            made["$browser_version"] = known.browser_version


def _check_time(event, call):
    at_once = unix_milliseconds(event.get("timestamp"))
    if at_once is not None and call.seconds() * 1000 - at_once > _OLDEST:
        raise InstrumentationError("Event timestamp should be within last 5 years")


# ---------------------------------------------------------------------- profiles


def identify(event, call):
    """The user's profile, and that two ids are one user's."""
    source = at(event, "context.location.geoSource")
    if source not in (None, "", "reverse_geocoding"):
        raise InstrumentationError("$geo_source value must be either null or 'reverse_geocoding' ")
    settings, context = call.settings, object_in(event, "context")
    traits = dict(object_in(event, "traits"))
    for key, value in object_in(context, "traits").items():
        traits.setdefault(key, value)
    made = []
    if once := _taken(traits, settings.get("setOnceProperties")):
        made.append(_engaged(event, call, {"$set_once": call.map("once", once) | _others(once)}))
    for setting, operation in (("unionProperties", "$union"), ("appendProperties", "$append")):
        found = _taken(traits, settings.get(setting))
        if operation == "$union":
            found = {key: value if isinstance(value, list) else [value] for key, value in found.items()}
        if found:
            made.append(_engaged(event, call, {operation: found}))
    profile = {"$set": _profile(traits, event, call)}
    made.append(_engaged(event, call, profile, {"$ip": context.get("ip") or event.get("request_ip"), "$time": _time(event)}))
    if event.get("userId") and event.get("anonymousId") and _may_merge(settings):
        ids = [event["userId"], event["anonymousId"]]
        merged = {"event": "$merge", "properties": {"$distinct_ids": ids, "token": settings.get("token")}}
        made.append(_imported(event, call, merged))
    return made


def _profile(traits, event, call):
    made = call.map("profile", traits, event) | _others(traits)
    first, last = (next((traits[key] for key in keys if traits.get(key)), None) for keys in (_FIRST_NAMES, _LAST_NAMES))
    if first and last and "$name" not in made:
        made["$name"] = f"{first} {last}"
    if not call.settings.get("useNewMapping"):
        made |= call.map("names", traits)
    kind = at(event, "context.device.type")
    if is_android(kind):
        made |= call.map("android", event)
    elif is_apple(kind):
        made |= call.map("apple", event)
    _add_browser(made, event)
    return made


def _others(traits):
    """The traits that Mixpanel has no name for."""
    made = {}
    for key, value in traits.items():
        if key == "address" and isinstance(value, dict):
            if kept := {part: one for part, one in value.items() if part not in _OF_ADDRESS}:
                made[key] = kept
        elif key not in _IN_PROFILE:
            made[key] = value
    return made


def _taken(traits, rules):
    """The traits that a setting names, which are taken away; of one in an object, the object with it."""
    taken = {}
    for path in _named(rules):
        key, _, inner = path.partition(".")
        value = at(traits, path)
        if value is None:
            continue
        if not inner:
            taken[key] = traits.pop(key)
        elif "." not in inner and isinstance(traits[key], dict):
            taken[key] = {**taken.get(key, EMPTY), inner: value}
            traits[key] = {part: one for part, one in traits[key].items() if part != inner}
    return taken


def _may_merge(settings):
    account = settings.get("serviceAccountUserName") and settings.get("serviceAccountSecret") and settings.get("projectId")
    return settings.get("identityMergeApi") != "simplified" and bool(settings.get("apiSecret") or account)


def group(event, call):
    """The groups of the user, and what is known of each."""
    rules = call.settings.get("groupKeySettings")
    if not rules:
        raise ConfigurationError("groupKeySettings names no key")
    traits, context = object_in(event, "traits"), object_in(event, "context")
    made = []
    for key in _named(rules, "groupKey"):
        value = (event.get("groupId") if key == "groupId" else None) or at(traits, key)
        if absent(value):
            continue
        values = value if isinstance(value, list) else [value]
        made.append(_engaged(event, call, EMPTY, {"$set": {key: values}, "$ip": context.get("ip") or event.get("request_ip")}))
        for one in values:
            about = {"$token": call.settings.get("token"), "$group_key": key, "$group_id": one, "$set": traits}
            made.append(_sent("groups", event, call, about))
    if not made:
        raise InstrumentationError(
            "Group Key is not present. Please ensure that the group key is included in the payload as configured in the "
            "`Group Key Settings` in destination"
        )
    return made


def alias(event, call):
    """That two ids are one user's."""
    if call.settings.get("identityMergeApi") == "simplified":
        raise InstrumentationError(
            "The use of the alias call in the context of the `Simplified ID merge` feature is not supported anymore."
        )
    before, after = event.get("previousId") or event.get("anonymousId"), event.get("userId")
    if not before:
        raise InstrumentationError("previousId or anonymousId is required")
    if not after:
        raise InstrumentationError("userId is required")
    if before == after:
        raise InstrumentationError("One of `previousId` or `anonymousId` is same as `userId`. Aborting")
    properties = {"distinct_id": before, "alias": after, "token": call.settings.get("token")}
    return _imported(event, call, {"event": "$create_alias", "properties": properties})


# ---------------------------------------------------------------------- requests


def _imported(event, call, made):
    return _sent("import", event, call, made)


def _engaged(event, call, operation, more=EMPTY):
    made = {**operation, "$token": call.settings.get("token"), "$distinct_id": _distinct_id(event, call)}
    for key, value in more.items():
        if key == "$time":
            made[key] = unix_milliseconds(value)
        elif value is not None:
            made[key] = value
    if "$time" in more and at(event, "context.active") is False:
        made["$ignore_time"] = True
    return _sent("engage", event, call, made)


def _sent(path, event, call, made):
    settings = call.settings
    host = _HOSTS.get(settings.get("dataResidency"), _HOST)
    headers, params = {"Content-Type": "application/json"}, {"verbose": 2}
    if path == "import":
        headers, params = _import_as(settings, headers)
    return request(
        f"{host}/{path}/",
        {"batch": json_text([made])},
        kind="JSON_ARRAY",
        headers=headers,
        params=params,
        path=path,
        user_id=event.get("userId") or event.get("anonymousId"),
    )


@lru_cache(64)
def _authorization(user, password=""):
    return basic_auth(user, password)


def _import_as(settings, headers):
    params = {"strict": 1 if settings.get("strictMode") else 0}
    if key := settings.get("token") or settings.get("apiSecret"):
        headers["Authorization"] = _authorization(key)
    else:
        headers["Authorization"] = _authorization(settings.get("serviceAccountUserName"), settings.get("serviceAccountSecret"))
        params["projectId"] = settings.get("projectId")
    return headers, params


def _distinct_id(event, call):
    user, nobody = event.get("userId"), event.get("anonymousId")
    if call.settings.get("identityMergeApi") == "simplified":
        return user or (f"$device:{nobody}" if nobody else None)
    return user or nobody


def _time(event):
    return event.get("timestamp") or event.get("originalTimestamp")


def _named(rules, key="property"):
    return [rule[key] for rule in items(rules) if isinstance(rule.get(key), str) and rule[key]]


# ---------------------------------------------------------------------- batches


def batches(jobs, call):
    """Events of one type go together, in the order of each user's; what one event sends stays in one group."""
    groups = []
    for run in _runs(jobs):
        chunks = [chunk for path in _ORDER for chunk in _chunks(run, path)]
        groups += _joined(chunks, call)
    return groups


def _runs(jobs):
    """The jobs by type of event, such that none of a user's comes before an earlier one of theirs."""
    runs, last = [], {}
    for job in jobs:
        user = (job.metadata or EMPTY).get("userId")
        kind = job.event.get("type")
        kind = kind.lower() if isinstance(kind, str) else kind
        at_run = next((number for number in range(last.get(user, 0), len(runs)) if runs[number][0] == kind), None)
        if at_run is None:
            at_run = len(runs)
            runs.append((kind, []))
        runs[at_run][1].append(job)
        last[user] = at_run
    return [run for _, run in runs]


def _chunks(run, path):
    """The requests of a run for one endpoint, put together as many as it takes: each with its jobs."""
    chunks, current = [], {}
    for number, job in enumerate(run):
        for made in job.requests:
            if made.get("endpointPath") != path:
                continue
            key = repr((made["endpoint"], made["headers"], made["params"]))
            chunk = current.get(key)
            if chunk is None or len(chunk["texts"]) >= _MOST[path]:
                chunk = current[key] = {"made": made, "texts": [], "jobs": {}}
                chunks.append(chunk)
            chunk["texts"].append(made["body"]["JSON_ARRAY"]["batch"][1:-1])
            chunk["jobs"][number] = job
    return chunks


def _joined(chunks, call):
    """Groups of the chunks: those that have a job in common are one."""
    found = []
    for chunk in chunks:
        own = {"requests": [_batch(chunk, call)], "jobs": dict(chunk["jobs"])}
        shared = [one for one in found if one["jobs"].keys() & own["jobs"].keys()]
        if shared:
            first = shared[0]
            for one in (*shared[1:], own):
                first["requests"] += one["requests"]
                first["jobs"] |= one["jobs"]
            found = [one for one in found if one is first or one not in shared]
        else:
            found.append(own)
    return [
        Group(
            one["requests"] if len(one["requests"]) > 1 else one["requests"][0],
            [one["jobs"][number] for number in sorted(one["jobs"])],
        )
        for one in found
    ]


def _batch(chunk, call):
    made, text = chunk["made"], f"[{','.join(chunk['texts'])}]"
    zipped = made["endpointPath"] == "import" and "gzip-support" in call.features
    return request(
        made["endpoint"],
        {"payload": text} if zipped else {"batch": text},
        kind="GZIP" if zipped else "JSON_ARRAY",
        headers=made["headers"],
        params=made["params"],
        path=made["endpointPath"],
    )
