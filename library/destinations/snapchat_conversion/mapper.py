"""Conversions by Snapchat's names, of people told by hashes."""

from transformer.mappers.ads import at_setting, hashed, lowered, mapped_names, trimmed
from transformer.mappers.batching import Group
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at, first
from transformer.mappers.values import digits, items, json_text, number, text

STANDARD = frozenset(
    {
        "PURCHASE",
        "SAVE",
        "START_CHECKOUT",
        "ADD_CART",
        "VIEW_CONTENT",
        "ADD_BILLING",
        "SIGN_UP",
        "SEARCH",
        "PAGE_VIEW",
        "SUBSCRIBE",
        "AD_CLICK",
        "AD_VIEW",
        "COMPLETE_TUTORIAL",
        "LEVEL_COMPLETE",
        "INVITE",
        "LOGIN",
        "SHARE",
        "RESERVE",
        "ACHIEVEMENT_UNLOCKED",
        "ADD_TO_WISHLIST",
        "SPENT_CREDITS",
        "RATE",
        "START_TRIAL",
        "LIST_VIEW",
        "APP_INSTALL",
        "APP_OPEN",
        "CUSTOM_EVENT_1",
        "CUSTOM_EVENT_2",
        "CUSTOM_EVENT_3",
        "CUSTOM_EVENT_4",
        "CUSTOM_EVENT_5",
    }
)
NAMES = {
    "products searched": "SEARCH",
    "product list viewed": "LIST_VIEW",
    "promotion viewed": "AD_VIEW",
    "promotion clicked": "AD_CLICK",
    "product viewed": "VIEW_CONTENT",
    "checkout started": "START_CHECKOUT",
    "payment info entered": "ADD_BILLING",
    "order completed": "PURCHASE",
    "product added": "ADD_CART",
    "product added to wishlist": "ADD_TO_WISHLIST",
    "application opened": "APP_OPEN",
    "application installed": "APP_INSTALL",
}
KINDS = {"web": "WEB", "mobile": "MOBILE_APP", "mobile_app": "MOBILE_APP", "app": "MOBILE_APP", "offline": "OFFLINE"}
SOURCES = {"WEB": "website", "MOBILE_APP": "MOBILE_APP", "OFFLINE": "OFFLINE"}
MOST = 2000


def track(event, call):
    """One request for each name that the event has at Snapchat."""
    name = event.get("event")
    if not name:
        raise InstrumentationError("Event name is required")
    plain = lowered(name)
    named = mapped_names(call.settings.get("rudderEventsToSnapEvents"), name)
    if not named:
        known = NAMES.get(plain) or plain.replace(" ", "_").upper()
        if known not in STANDARD:
            raise InstrumentationError.quoting("Event {} doesn't match with Snapchat Events!", text(name))
        named = [known]
    return [send(event, call, one.upper()) for one in named]


def page(event, call):
    """A visit of a page."""
    return send(event, call, "PAGE_VIEW")


def kind_of(event):
    """Where the conversion happened: on a website, in an app or in a shop."""
    said = event.get("channel") or first(
        event, "properties.action_source", "properties.event_conversion_type", "properties.eventConversionType"
    )
    return KINDS.get(lowered(said), "OFFLINE") if said else "OFFLINE"


def send(event, call, name):
    """The request for one conversion."""
    settings = call.settings
    kind = kind_of(event)
    if kind == "MOBILE_APP":
        if not settings.get("snapAppId"):
            raise ConfigurationError("Snap App Id is required for app events")
        if not settings.get("appId"):
            raise ConfigurationError("App Id is required for app events")
    elif not settings.get("pixelId"):
        raise ConfigurationError("Pixel Id is required for web and offline events")
    new = settings.get("apiVersion") == "newApi"
    body = call.map("v3" if new else "v2", event)
    user = body.get("user_data", {}) if new else body
    if not _is_known(user):
        raise InstrumentationError(
            "the event names nobody: an email address, a phone number, an advertising id, or ip and userAgent together"
        )
    if new:
        return _v3(event, call, name, kind, body)
    body |= {"event_type": name, "event_conversion_type": kind}
    body |= (
        {"snap_app_id": settings["snapAppId"], "app_id": settings["appId"]}
        if kind == "MOBILE_APP"
        else {"pixel_id": settings["pixelId"]}
    )
    if (unique := _unique(event, settings)) is not None:
        body["client_dedup_id"] = unique
    return call.request("v2", event, body)


def _v3(event, call, name, kind, body):
    body |= {"event_name": name, "action_source": SOURCES[kind]}
    if (unique := _unique(event, call.settings)) is not None:
        body["event_id"] = unique
    if kind != "MOBILE_APP":
        return call.request("v3_pixel", event, {"data": [body]})
    body["app_data"] = app_data(event, call.settings)
    return call.request("v3_app", event, {"data": [body]})


def _is_known(user):
    alone = ("em", "ph", "madid", "hashed_email", "hashed_phone_number", "hashed_mobile_ad_id")
    return (
        any(key in user for key in alone)
        or ("client_ip_address" in user and "client_user_agent" in user)
        or ("hashed_ip_address" in user and "user_agent" in user)
    )


def _unique(event, settings):
    if not settings.get("enableDeduplication"):
        return None
    return at_setting(event, settings.get("deduplicationKey")) or event.get("messageId")


def app_data(event, settings):
    """What is known of the app and of the device that it ran on: a list of sixteen in Snapchat's order."""
    context = event.get("context") if isinstance(event.get("context"), dict) else {}
    maker = lowered(first(context, "device.type", "os.name") or "")
    told = (
        "i2" if maker in {"ios", "ipados"} else "a2",
        first(context, "app.namespace"),
        first(context, "app.build"),
        first(context, "app.version"),
        first(context, "os.version"),
        first(context, "device.model"),
        first(context, "locale"),
        first(context, "timezone"),
        first(context, "network.carrier"),
        first(context, "screen.width"),
        first(context, "screen.height"),
        first(context, "screen.density"),
        None,
        None,
        None,
        first(context, "timezone"),
    )
    made = {"app_id": settings["appId"], "extinfo": ["" if one is None else text(one) for one in told]}
    status = first(context, "device.attTrackingStatus")
    if status is not None:
        made["advertiser_tracking_enabled"] = 1 if status == 3 else 0
    return made


def hash_lowered(value):
    """The hash of the value in small letters."""
    return hashed(value)


def hash_trimmed(value):
    """The hash of the value as it is."""
    return hashed(value, trimmed)


def hash_phone(value):
    """The hash of a phone number's digits, without zeros before the country."""
    return hashed(value, lambda one: digits(one).lstrip("0"))


def hash_initial(value):
    """The hash of the first letter."""
    return hashed(value, lambda one: lowered(one)[:1])


def item_ids(event, call):
    """The ids of all products, or of the one that the event is about."""
    products = items(at(event, "properties.products") or [])
    found = [known for one in products if (known := first(one, "product_id", "sku", "id")) is not None]
    return found or first(event, "properties.item_ids", "properties.product_id", "properties.sku", "properties.id")


def item_count(event, call):
    """How many products the event is about."""
    return len(items(at(event, "properties.products") or [])) or None


def price(event, call):
    """What was paid: as the event says, or the sum over its products."""
    found = first(event, "properties.value", "properties.revenue", "properties.total", "properties.price")
    if found is not None:
        return found
    products = items(at(event, "properties.products") or [])
    amounts = [number(one["price"]) * (number(one.get("quantity")) or 1) for one in products if number(one.get("price"))]
    return sum(amounts) if amounts else None


def batches(jobs, call):
    """Events in order, up to 2000 in a request: a list in version 2, an object with one in version 3."""
    groups, open_groups = [], {}
    for job in jobs:
        endpoint = job.requests[0]["endpoint"]
        made = [one for request in job.requests for one in request["body"]["JSON"].get("data", [request["body"]["JSON"]])]
        group, gathered = open_groups.get(endpoint, (None, []))
        if group is None or len(gathered) + len(made) > MOST:
            gathered = []
            group = Group({}, [])
            groups.append(group)
            open_groups[endpoint] = (group, gathered)
        gathered.extend(made)
        group.jobs.append(job)
        body = (
            {"JSON": {"data": gathered}} if "/v3/" in endpoint else {"JSON": {}, "JSON_ARRAY": {"batch": json_text(gathered)}}
        )
        group.request = job.requests[0] | {"body": job.requests[0]["body"] | body}
    return groups
