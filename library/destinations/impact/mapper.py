"""Page loads and conversions as forms, with the products of an order numbered."""

from transformer.mappers.ads import at_setting, lowered, properties_of
from transformer.mappers.batching import Group
from transformer.mappers.devices import is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, without
from transformer.mappers.values import absent, basic_auth, items, sha1

_REQUIRED = ("accountSID", "apiKey", "campaignId")
_VISIT = "https://trkapi.impact.com/PageLoad"
_CONVERSIONS = "https://api.impact.com/Advertisers/{}/Conversions"
_SALES = frozenset({"order completed"})
_INSTALLATIONS = frozenset({"application installed"})


def identify(event, call):
    """A page load of somebody known."""
    return _page_load(event, call, "enableIdentifyEvents", "identify")


def page(event, call):
    """A page load."""
    return _page_load(event, call, "enablePageEvents", "page")


def screen(event, call):
    """A screen as a page load."""
    return _page_load(event, call, "enableScreenEvents", "screen")


def track(event, call):
    """A conversion, where the event is one of those that are; a page load else."""
    settings = call.settings
    _check(settings)
    name = event.get("event")
    plain = lowered(name) if isinstance(name, str) else ""
    if plain not in _named(settings, "actionEventNames", _SALES) | _named(settings, "installEventNames", _INSTALLATIONS):
        return _sent(_VISIT, call.map("visit", event), event, call)
    made = call.map("conversion", event)
    properties = properties_of(event)
    products = items(properties["products"]) if isinstance(properties.get("products"), list) else []
    for number, product in enumerate(products or [properties], 1):
        for key, value in _item(product, call, bool(products)).items():
            made[f"{key}{number}"] = value
    return _sent(_CONVERSIONS.format(settings["accountSID"]), made, event, call)


def email(event, call):
    """The email address, hashed where the settings say so."""
    found = field(event, "email")
    return sha1(found.strip()) if call.settings.get("enableEmailHashing") and isinstance(found, str) else found


def together(jobs, call):
    """Each event by itself; a conversion is told as a list of one request, as data planes know it."""
    return [
        Group(job.requests if job.requests[0]["endpoint"] != _VISIT else job.requests[0], [job], batched=False) for job in jobs
    ]


def _page_load(event, call, setting, kind):
    _check(call.settings)
    if not call.settings.get(setting):
        raise ConfigurationError(f"{kind} events are disabled from Config")
    return _sent(_VISIT, call.map("visit", event), event, call)


def _check(settings):
    missing = [key for key in _REQUIRED if absent(settings.get(key))]
    if missing:
        raise ConfigurationError(f"{', '.join(missing)} : are required fields")


def _named(settings, key, others):
    found = {
        one["eventName"].strip().lower() for one in items(settings.get(key) or []) if isinstance(one.get("eventName"), str)
    }
    return (found | others) - {""}


def _item(product, call, one_of_many):
    """A product's parameters. A parameter of one of the products that a setting names is told by that setting alone."""
    rules = call.settings.get("productsMapping")
    made = call.map("item", product)
    if one_of_many:
        made = without(made, [rule["to"] for rule in items(rules or []) if isinstance(rule.get("to"), str)])
    return made | _mapped(rules, product)


def _mapped(rules, holder):
    """What a setting wants to be told by parameters of other names."""
    made = {}
    for rule in items(rules or []):
        value, to = at_setting(holder, rule.get("from")), rule.get("to")
        if isinstance(to, str) and to and not absent(value):
            made[to] = value
    return made


def _sent(url, made, event, call):
    settings = call.settings
    if is_apple(at(event, "context.os.name")):
        made |= call.map("apple", event)
    made |= _mapped(settings.get("rudderToImpactProperty"), event)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Authorization": basic_auth(settings["accountSID"], settings["apiKey"]),
    }
    return request(url, made, kind="FORM", headers=headers)
