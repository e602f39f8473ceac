"""Amplitude: what an event says of its user, revenue by product, groups and aliases."""

from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.operators import is_number
from transformer.mappers.paths import at, object_in, without
from transformer.mappers.templates import fill
from transformer.mappers.user_agents import describe
from transformer.mappers.values import EMPTY, absent, items, json_text, text

_HOSTS = {"EU": "https://api.eu.amplitude.com"}
_HOST = "https://api2.amplitude.com"
_OF_REVENUE = frozenset({"product_id", "price", "quantity", "revenue"})
_PLACES = frozenset({"city", "country"})
_SYSTEMS = {"Mac OS": "Mac"}
_OPERATIONS = {
    "traitsToIncrement": "$add",
    "traitsToSetOnce": "$setOnce",
    "traitsToAppend": "$append",
    "traitsToPrepend": "$prepend",
}
# What an event of reverse ETL says of these is Amplitude's own field, and no property of the user.
_FIELDS = (
    *(
        "adid",
        "android_id",
        "app_version",
        "carrier",
        "device_brand",
        "device_manufacturer",
        "device_model",
        "dma",
        "idfa",
        "idfv",
    ),
    *("language", "location_lat", "location_lng", "os_name", "os_version", "platform", "region"),
)


def session(value):
    """The number of a session, which may stand behind a colon; -1 for a session that has none."""
    if isinstance(value, str):
        number = value.rpartition(":")[2]
        return int(number) if number.isdecimal() else -1
    return value if is_number(value) else -1


def identify(event, call):
    """The user's properties as they are now."""
    made = _event(event, call, "$identify")
    properties = _acquired(event, call)
    given = field(event, "traits")
    if isinstance(given, dict):
        _add_traits(properties, given)
        for setting, operation in _OPERATIONS.items():
            if call.settings.get(setting):
                _operate(properties, call.settings[setting], operation)
    made["user_properties"] = properties
    context = object_in(event, "context")
    if context.get("mappedToDestination"):
        _mapped(made, properties, context)
    return _sent(made, event, call)


def page(event, call):
    """A page as an event."""
    return _viewed(event, call, event.get("name"), "Page")


def screen(event, call):
    """A screen as an event."""
    return _viewed(event, call, event.get("name") or event.get("event"), "Screen")


def track(event, call):
    """An event with its revenue, and its products as events of their own where the settings say so."""
    properties, settings = object_in(event, "properties"), call.settings
    revenue = properties.get("revenue")
    if absent(revenue) or revenue == 0:
        return _sent(_tracked(event, call, properties, EMPTY), event, call)
    products = properties.get("products")
    products = [one for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    by_product = bool(products) and settings.get("trackRevenuePerProduct") is True
    apart = bool(products) and settings.get("trackProductsOnce") is False
    if apart:
        properties = without(properties, ("products",))
    base = _tracked(event, call, properties, EMPTY if by_product else call.map("revenue", properties))
    made = [_sent(base, event, call)]
    if by_product or apart:
        for number, product in enumerate(products, 1):
            own = {key: value for key, value in base.items() if key not in _OF_PRODUCT}
            own["event_type"] = "Product Purchased"
            own["event_properties"] = without(product, _OF_REVENUE) if by_product else product
            if by_product:
                own |= call.map("revenue", product)
            if "insert_id" in base:
                own["insert_id"] = f"{base['insert_id']}-{number}"
            made.append(_sent(own, event, call))
    return made


_OF_PRODUCT = frozenset({"productId", "revenueType", "price", "quantity", "revenue"})


def group(event, call):
    """The user's group, and what is known of the group."""
    settings, traits = call.settings, field(event, "traits") or EMPTY
    kind = at(traits, settings.get("groupTypeTrait") or "")
    value = at(traits, settings.get("groupValueTrait") or "")
    if not all(one and (isinstance(one, str) or is_number(one)) for one in (kind, value)):
        raise InstrumentationError("Group call parameters are not valid")
    made = _event(event, call, "$identify")
    made.pop("insert_id", None)
    made["groups"] = {text(kind): value}
    made["user_properties"] = _acquired(event, call) | made["groups"]
    about = {"group_type": kind, "group_value": value, "group_properties": traits}
    return [_sent(made, event, call), _form("groupidentify", "identification", about, event, call)]


def alias(event, call):
    """One user under two ids; or no longer, where the event says so."""
    options = call.options(event)
    if options.get("unmap"):
        about = {"user_id": options["unmap"], "unmap": True}
    else:
        about = {"global_user_id": event.get("userId"), "user_id": event.get("previousId")}
    if is_number(options.get("event_id")):
        about["event_id"] = options["event_id"]
    if properties := _acquired(event, call):
        about["user_properties"] = properties
    return _form("usermap", "mapping", about, event, call)


def _event(event, call, kind):
    made = call.map("event", event)
    made["event_type"] = kind
    if ("city" in made) != ("country" in made):
        made.pop("city", None)
        made.pop("country", None)
    context = object_in(event, "context")
    channel = event.get("channel")
    if channel == "web":
        if isinstance(context.get("userAgent"), str) and context["userAgent"]:
            _of_browser(made, describe(context["userAgent"]))
    elif channel == "mobile":
        _of_device(made, object_in(context, "device"), call.settings)
    return made


def _of_browser(made, agent):
    made["platform"] = "Web"
    if agent.browser:
        made["os_name"] = agent.browser
        made["os_version"] = agent.browser_version
    if model := agent.model or _SYSTEMS.get(agent.system, agent.system):
        made["device_model"] = model
    if agent.maker:
        made["device_manufacturer"] = agent.maker


def _of_device(made, device, settings):
    if device.get("manufacturer") and not settings.get("mapDeviceBrand"):
        made["device_brand"] = device["manufacturer"]
    kind, advertised = device.get("type"), device.get("advertisingId")
    if is_android(kind):
        if advertised:
            made["adid"] = advertised
    elif is_apple(kind):
        if advertised:
            made["idfa"] = advertised
        if device.get("id"):
            made["idfv"] = device["id"]


def _viewed(event, call, name, what):
    properties, settings = object_in(event, "properties"), call.settings
    kind = f"Viewed {text(name or properties.get('category') or '')} {what}"
    if settings.get(f"useUserDefined{what}EventName"):
        kind = fill(settings.get(f"userProvided{what}EventString") or "", event) or name
    made = _event(event, call, kind)
    made["event_properties"] = {**properties, "name": name} if name else properties
    made["user_properties"] = _known(event, call)
    return _sent(made, event, call)


def _tracked(event, call, properties, revenue):
    if absent(event.get("event")):
        raise InstrumentationError("Event name is required")
    made = _event(event, call, event["event"])
    if properties or "properties" in event:
        made["event_properties"] = properties
    if revenue:
        made["event_properties"] = without(properties, _OF_REVENUE)
        made |= revenue
    made["user_properties"] = _known(event, call)
    return made


def _acquired(event, call):
    """How the user came: where from, and by which campaign."""
    made = call.map("referrer", event)
    for key, value in object_in(object_in(event, "context"), "campaign").items():
        made[f"utm_{key}"] = value
    return made


def _known(event, call):
    """What a user did not just tell, but is known to have: how they came, and their traits."""
    made = _acquired(event, call)
    traits = field(event, "traits")
    if isinstance(traits, dict):
        for key, value in traits.items():
            if key not in _PLACES:
                made[key] = without(value, _PLACES) if key == "address" and isinstance(value, dict) else value
    return made


def _add_traits(properties, traits):
    """Traits as properties; the parts of an address one by one."""
    for key, value in traits.items():
        if key == "address" and isinstance(value, dict):
            for part, one in value.items():
                if part not in _PLACES:
                    properties.setdefault(part, one)
        elif key not in _PLACES:
            properties[key] = value


def _operate(properties, rules, operation):
    """Move the traits that a setting names to where Amplitude adds, appends and so on."""
    moved = {}
    for rule in items(rules):
        name = rule.get("traits")
        if isinstance(name, str) and not absent(properties.get(name)):
            moved[name] = properties.pop(name)
    if moved:
        properties[operation] = moved


def _mapped(made, properties, context):
    """An event of reverse ETL: its traits may be Amplitude's own fields, its external id any of its ids."""
    for key in _FIELDS:
        if key in properties:
            made[key] = properties.pop(key)
    for one in items(context.get("externalId")):
        if isinstance(one.get("identifierType"), str) and one.get("id"):
            properties[one["identifierType"]] = one["id"]
            if one["identifierType"] in {"device_id", "user_id"}:
                made[one["identifierType"]] = one["id"]
            break


def _sent(made, event, call):
    if "user_id" not in made and "device_id" not in made:
        raise InstrumentationError("Either of user ID or device ID fields must be specified")
    settings = call.settings
    body = {"api_key": settings["apiKey"], "events": [made], "options": {"min_id_length": 1}}
    host = _HOSTS.get(settings.get("residencyServer"), _HOST)
    headers = {"Content-Type": "application/json"}
    return request(f"{host}/2/httpapi", body, headers=headers, path="2/httpapi", user_id=event.get("anonymousId"))


def _form(path, key, about, event, call):
    settings = call.settings
    host = _HOSTS.get(settings.get("residencyServer"), _HOST)
    body = {"api_key": settings["apiKey"], key: [json_text(about)]}
    return request(f"{host}/{path}", body, kind="FORM", path=path, user_id=event.get("anonymousId"))
