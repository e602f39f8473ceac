"""HTTP: headers, parameters, path and body as the settings map them."""

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.json_paths import map_paths, value_at
from transformer.mappers.values import absent, basic_auth, integer, items, json_text, text, url_encode
from transformer.mappers.xml_text import xml_text

_METHODS = frozenset({"POST", "PUT", "PATCH", "GET", "DELETE"})
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
_TYPES = {"JSON": "application/json", "XML": "application/xml", "FORM": "application/x-www-form-urlencoded"}
_MOST = 100


def sent(event, call):
    """One request."""
    settings = call.settings
    method = text(settings.get("method") or "POST").upper()
    kind = text(settings.get("format") or "JSON").upper()
    if method not in _METHODS:
        raise ConfigurationError("method must be one of POST, PUT, PATCH, GET and DELETE")
    if kind not in _TYPES:
        raise ConfigurationError("format must be one of JSON, XML and FORM")
    mapped = {} if method in _WITHOUT_BODY else map_paths(items(settings.get("propertiesMapping")), event)
    headers = {"Content-Type": _TYPES[kind], **_who_asks(settings), **_texts(settings.get("headers"), event)}
    params = _texts(settings.get("queryParams"), event)
    return request(
        _endpoint(settings, event), _body(kind, mapped, settings), kind=kind, method=method, headers=headers, params=params
    )


def _who_asks(settings):
    auth = settings.get("auth")
    if auth == "basicAuth":
        return {"Authorization": basic_auth(settings.get("username") or "", settings.get("password") or "")}
    if auth == "bearerTokenAuth":
        return {"Authorization": f"Bearer {settings.get('bearerToken') or ''}"}
    if auth == "apiKeyAuth" and settings.get("apiKeyName"):
        return {settings["apiKeyName"]: settings.get("apiKeyValue") or ""}
    return {}


def _texts(rules, event):
    return {key: text(value) for key, value in map_paths(items(rules), event).items()}


def _endpoint(settings, event):
    parts = [text(settings["apiUrl"]).strip()]
    for rule in items(settings.get("pathParams")):
        if rule.get("path"):
            value = value_at(text(rule["path"]), event)
            if absent(value):
                # Without it, the request would be about all there is: DELETE /people instead of DELETE /people/7.
                raise InstrumentationError(f"The event has nothing at {rule['path']}, which is part of the URL")
            parts.append(url_encode(value))
    return "/".join([parts[0].rstrip("/"), *parts[1:]]) if len(parts) > 1 else parts[0]


def _body(kind, mapped, settings):
    if kind == "FORM":
        return {key: text(value) for key, value in mapped.items()}
    if kind == "XML" and mapped:
        return {"payload": xml_text(text(settings.get("xmlRootKey") or "root"), mapped)}
    return mapped


def batches(jobs, call):
    """Requests that differ in their body alone, together; each user's events stay in order."""
    settings = call.settings
    if not settings.get("isBatchingEnabled") or text(settings.get("format") or "JSON").upper() != "JSON":
        return [Group(job.requests[0], [job], batched=False) for job in jobs]
    most = max(1, integer(settings.get("maxBatchSize")) or _MOST)
    runs, run_of, last_of = [], {}, {}
    for job in jobs:
        alike, user = _what_must_be_same(job.requests[0]), (job.metadata or {}).get("userId")
        place = run_of.get(alike)
        if place is None or place < last_of.get(user, 0):
            place = run_of[alike] = len(runs)
            runs.append([])
        last_of[user] = place
        runs[place].append(job)
    return [_batch(run[start : start + most]) for run in runs for start in range(0, len(run), most)]


def _what_must_be_same(made):
    return json_text([made["method"], made["endpoint"], sorted(made["headers"].items()), sorted(made["params"].items())])


def _batch(jobs):
    bodies = [body for job in jobs if (body := job.requests[0]["body"]["JSON"])]
    made = jobs[0].requests[0]
    return Group(made | {"body": made["body"] | {"JSON": {}, "JSON_ARRAY": {"batch": json_text(bodies)}}}, jobs)
