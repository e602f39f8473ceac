"""Activities as the path of a URL."""

from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at, first
from transformer.mappers.values import items, number, text, url_encode

SWITCHES = {"COPPA": "tag_for_child_directed_treatment", "GDPR": "tfua", "npa": "npa"}
SPELLED = {"1": "1", "true": "1", "0": "0", "false": "0"}


def track(event, call):
    """A conversion by the name of the event."""
    return _activity(event.get("event"), event, call)


def page(event, call):
    """A conversion by the view of a page."""
    words = [event.get("category") or at(event, "properties.category"), event.get("name") or at(event, "properties.name")]
    return _activity(" ".join(("Viewed", *(text(one) for one in words if one), "Page")), event, call)


def _activity(name, event, call):
    rule = _rule(name, event, call)
    activity = rule.get("floodlightActivityTag") or call.settings.get("activityTag")
    group = rule.get("floodlightGroupTag") or call.settings.get("groupTag")
    if not activity or not group:
        raise ConfigurationError("The conversion has no activity tag or no group tag", step="handleConversionEvents")
    told = {"src": call.settings["advertiserId"], "cat": activity, "type": group}
    told["dc_rdid"] = at(event, "context.device.advertisingId")
    told |= _sale(event) if rule.get("salesTag") else {"ord": event.get("messageId")}
    switches = _switches(event, call)
    limited = at(event, "context.device.adTrackingEnabled")
    if limited is not None:
        told["dc_lat"] = _switch("dc_lat", limited, "cleanPayload")
    told |= switches | _variables(rule, event)
    made = call.request("activity", event)
    made["endpoint"] += ";".join(f"{key}={url_encode(value)}" for key, value in told.items() if value is not None)
    return made


def _rule(name, event, call):
    plain = name.strip().lower() if isinstance(name, str) else ""
    for rule in items(call.settings.get("conversionEvents") or []):
        if plain and text(rule.get("eventName")).strip().lower() == plain:
            return rule
    raise InstrumentationError(f"{event['type'].lower()}:: Conversion event not found", step="handleConversionEvents")


def _sale(event):
    products = items(at(event, "properties.products") or [])
    quantities = [number(one.get("quantity")) or 0 for one in products if not isinstance(one.get("quantity"), (dict, list))]
    return {
        "ord": first(event, "properties.orderId", "properties.order_id"),
        "qty": sum(quantities) if products else at(event, "properties.quantity"),
        "cost": at(event, "properties.revenue"),
    }


def _switches(event, call):
    options = call.options(event)
    return {
        name: _switch(key, options[key], "handleIntegrationsObject")
        for key, name in SWITCHES.items()
        if options.get(key) is not None
    }


def _switch(key, value, step):
    known = SPELLED.get(text(value).strip().lower())
    if known is None:
        raise InstrumentationError(f"{key}: valid parameters are [1|true] or [0|false]", step=step)
    return known


def _variables(rule, event):
    """Custom variables, of properties or else of traits."""
    made = {}
    for one in items(rule.get("customVariables") or []):
        source, target = one.get("from"), one.get("to")
        if isinstance(source, str) and source and target:
            value = first(event, f"properties.{source}", f"traits.{source}", f"context.traits.{source}")
            if value is not None and value is not False and not isinstance(value, (dict, list)):
                made[f"u{text(target).removeprefix('u')}"] = value
    return made
