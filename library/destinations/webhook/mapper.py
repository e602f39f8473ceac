"""Webhooks: the event itself, to a URL that it may change."""

from transformer.mappers.errors import ConfigurationError
from transformer.mappers.values import EMPTY, flatten, items, text

_CONTROLS = ("header", "fullPath", "appendPath")
_WITHOUT_BODY = frozenset({"GET", "DELETE"})
_METHODS = frozenset({"POST", "PUT", "PATCH", "GET", "DELETE"})


def sent(event, call):
    """One request with the event as its body, or with its properties as parameters."""
    settings = call.settings
    return sent_to(settings.get("webhookUrl"), settings.get("webhookMethod"), settings.get("headers"), event)


def sent_to(url, method, rules, event, *, spelled=True):
    """A request as `sent` makes it, for these settings. With `spelled`, headers of the event's own may be of any kind."""
    method = method.upper() if isinstance(method, str) and method else "POST"
    if method not in _METHODS:
        raise ConfigurationError("the method must be one of POST, PUT, PATCH, GET and DELETE")
    if method in _WITHOUT_BODY:
        headers, params, body = {}, _params(event), {}
    else:
        headers, params, body = {"content-type": "application/json"}, {}, _body(event)
    own = event.get("header")
    if rules or own:
        _add_headers(headers, rules, own, spelled)
    made = {
        "version": "1",
        "type": "REST",
        "method": method,
        "endpoint": _endpoint(event, url),
        "headers": headers,
        "params": params,
        "body": {"JSON": body, "JSON_ARRAY": {}, "XML": {}, "FORM": {}},
        "files": {},
    }
    if event.get("anonymousId"):
        made["userId"] = event["anonymousId"]
    return made


def _endpoint(event, url):
    url = event.get("fullPath") or url
    found = url.strip() if isinstance(url, str) else ""
    if not found:
        raise ConfigurationError("the settings name no URL to send events to")
    more = event.get("appendPath")
    return found + text(more) if more else found


def _params(event):
    given = event.get("properties")
    if event.get("type") == "identify":
        context = event.get("context")
        given = event.get("traits") or (context.get("traits") if isinstance(context, dict) else None)
    return flatten(given, brackets=True)


def _body(event):
    body = event.copy()
    for key in _CONTROLS:
        if key in body:
            del body[key]
    ip = body.get("request_ip")
    if ip:
        context = body.get("context", EMPTY)
        if isinstance(context, dict) and not context.get("ip"):
            body["context"] = {**context, "ip": ip}
    return body


def _add_headers(headers, rules, own, spelled):
    """What the settings say, and over that what the event says: it may spell a name as it likes."""
    for rule in items(rules):
        name, value = rule.get("from"), rule.get("to")
        if name and value:
            headers[text(name).strip().lower()] = value
    if isinstance(own, dict):
        for name, value in own.items():
            if not spelled and not isinstance(value, str):
                continue
            if name not in headers and name.lower() in headers:
                del headers[name.lower()]
            headers[name] = text(value)
