"""Events as Meta's Conversions API takes them: JSON texts in a form, with personal data hashed."""

import math
from datetime import UTC, timedelta
from urllib.parse import parse_qs, urlsplit

from transformer.mappers.ads import hashed, lowered, mapped_names, properties_of, trimmed
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import at, first
from transformer.mappers.timestamps import moment, unix_milliseconds
from transformer.mappers.values import absent, items, json_text, number, sha256, text

NAMES = {
    "product list viewed": "ViewContent",
    "product viewed": "ViewContent",
    "product added": "AddToCart",
    "order completed": "Purchase",
    "products searched": "Search",
    "checkout started": "InitiateCheckout",
    "payment info entered": "AddPaymentInfo",
    "product added to wishlist": "AddToWishlist",
}
PLAIN = frozenset(
    {
        "AddToWishlist",
        "CompleteRegistration",
        "Contact",
        "CustomizeProduct",
        "Donate",
        "FindLocation",
        "Lead",
        "PageView",
        "Schedule",
        "StartTrial",
        "SubmitApplication",
        "Subscribe",
    }
)
"""Events of Meta's own that say no more of products than their properties do."""
SOURCES = frozenset(
    {"website", "app", "phone_call", "chat", "email", "physical_store", "system_generated", "business_messaging", "other"}
)
CHANNELS = {"web": "website", "mobile": "app"}
OF_EVENT = ("opt_out", "event_id", "action_source")
PERSONAL = frozenset(
    {
        "email",
        "firstName",
        "lastName",
        "firstname",
        "lastname",
        "first_name",
        "last_name",
        "gender",
        "city",
        "country",
        "phone",
        "state",
        "zip",
        "postalCode",
        "birthday",
    }
)
GENDERS = {"female": "f", "f": "f", "woman": "f", "male": "m", "m": "m", "man": "m"}
CLEAN = {"external_id": trimmed, "ph": trimmed, "ge": lambda value: GENDERS.get(lowered(value))}
DAYS, DAYS_IN_STORE = 7, 62


# ---------------------------------------------------------------- types of events


def identify(event, call):
    """Who the user is, as an event of that name."""
    check_time(event, call)
    if not call.settings.get("advancedMapping"):
        raise ConfigurationError("identify events are sent only where the setting advancedMapping is on")
    return send(event, call, "identify", None)


def page(event, call):
    """A page or a screen: PageView, or the page's name where not all are to be the same."""
    check_time(event, call)
    standard = call.settings.get("standardPageCall")
    named = event.get("type") == "page" and event.get("name") and not standard
    custom = without_personal(event, call, flat(properties_of(event)))
    if standard and not custom:
        raise nothing_left()
    return send(event, call, f"Viewed page {event['name']}" if named else "PageView", custom)


def track(event, call):
    """An event by Meta's name with what Meta wants to know of it, or by its own."""
    check_time(event, call)
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("'event' is required")
    wanted = name_of(name, call.settings)
    custom = without_personal(event, call, flat(properties_of(event)))
    if wanted is None:
        if (revenue := at(event, "properties.revenue")) is not None:
            custom.pop("revenue", None)
            custom["value"] = amount(revenue)
        return send(event, call, name, custom)
    if not custom:
        raise nothing_left()
    custom.update(of_products(event, call, wanted, lowered(name)))
    return send(event, call, wanted, custom)


def name_of(name, settings):
    """Meta's name for an event: the one that the settings say, or the standard one, or None."""
    if named := mapped_names(settings.get("eventsToEvents"), name):
        return named[0]
    return NAMES.get(lowered(name)) or (name if name in PLAIN else None)


def nothing_left():
    """The error of an event of Meta's own without properties."""
    told = ",".join(OF_EVENT)
    return InstrumentationError(f"After excluding {told}, no fields are present in 'properties' for a standard event")


def check_time(event, call):
    """Meta takes events of seven days, and of 62 where they come from a shop; none of the future."""
    when = moment(field(event, "timestamp"))
    if when is None:
        return
    in_store = first(event, "traits.action_source", "context.traits.action_source", "properties.action_source")
    days = DAYS_IN_STORE if in_store == "physical_store" else DAYS
    now = call.now()
    if when.astimezone(UTC) < now - timedelta(days=days) or when > now + timedelta(minutes=1):
        raise InstrumentationError(
            f"the event is older than {days} days, or of a time to come; the Conversions API takes neither"
        )


# ---------------------------------------------------------------- the request


def send(event, call, name, custom):
    """The request of the pixel."""
    user = user_data(event, call, call.map("person", event), call.map("sign", event))
    return form(event, call, name, user, custom, limited=call.settings.get("limitedDataUSage"))


def form(event, call, name, user, custom, *, limited=False, source=None):
    """A request: one event as JSON in a form. `source` is where events happen that do not say so."""
    settings = call.settings
    body = {"user_data": user, "event_name": name} | call.map("event", event)
    body["action_source"] = action_source(body.get("action_source"), event, source)
    if limited:
        body |= processing(event)
    if custom:
        body["custom_data"] = custom
    made = {"data": [json_text(body)]}
    if settings.get("testDestination") and settings.get("testEventCode"):
        made["test_event_code"] = settings["testEventCode"]
    return call.request("event", event, made)


def action_source(said, event, otherwise):
    """Where the event happened: as it says, or else as the settings say, or by its channel."""
    if said is not None:
        if not isinstance(said, str) or said not in SOURCES:
            raise InstrumentationError("the action source is none that the Conversions API knows")
        return said
    return otherwise or CHANNELS.get(text(event.get("channel")), "other")


def processing(event):
    """What Meta may do with the data: options, country, state."""
    options = at(event, "context.dataProcessingOptions")
    if not isinstance(options, list):
        return {}
    names = ("data_processing_options", "data_processing_options_country", "data_processing_options_state")
    return {name: option for name, option in zip(names, options, strict=False) if option is not None}


def user_data(event, call, person, sign):
    """What is known of the user: the person hashed, unless the event says that it is already."""
    is_hashed = call.options(event).get("hashed")
    if not is_hashed:
        person = {key: made for key, value in person.items() if (made := hashed(value, CLEAN.get(key, lowered))) is not None}
    name = traits(event).get("name")
    if isinstance(name, str) and len(names := name.split(" ")) == 2:
        person["fn"], person["ln"] = names if is_hashed else map(sha256, names)
    return person | sign


def click(event, call):
    """Meta's click id, from the address of the page."""
    url = at(event, "context.page.url")
    found = parse_qs(urlsplit(url).query).get("fbclid") if isinstance(url, str) and "fbclid" in url else None
    return f"fb.1.{unix_milliseconds(field(event, 'timestamp')) or 0}.{found[0]}" if found else None


# ---------------------------------------------------------------- custom data


def flat(value, prefix=""):
    """The leaves of an object under their paths, with numbers in brackets."""
    made = {}
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        path = f"{prefix}[{key}]" if isinstance(value, list) else f"{prefix}.{key}" if prefix else key
        if isinstance(one, (dict, list)) and one:
            made |= flat(one, path)
        elif one is not None:
            made[path] = one
    return made


def without_personal(event, call, custom):
    """Properties without what belongs to the event, and without personal data unless the settings allow it."""
    settings = call.settings
    allowed = {text(rule.get("whitelistPiiProperties")) for rule in items(settings.get("whitelistPiiProperties"))}
    refused = {
        text(rule["blacklistPiiProperties"]): rule.get("blacklistPiiHash")
        for rule in items(settings.get("blacklistPiiProperties"))
        if rule.get("blacklistPiiProperties")
    }
    is_hashed = call.options(event).get("hashed")
    made = {}
    for key, value in custom.items():
        if key in OF_EVENT or (key in PERSONAL and key not in allowed):
            continue
        if key in refused:
            if not refused[key]:
                continue
            made[key] = text(value) if is_hashed else sha256(value)
        else:
            made[key] = value
    return made


def amount(value):
    """An amount of money with two decimal places."""
    if absent(value):
        return 0
    known = number(value)
    if known is None:
        raise InstrumentationError("Revenue could not be converted to number")
    rounded = math.floor(known * 100 + 0.5) / 100
    return int(rounded) if rounded.is_integer() else rounded


def contents_of(products, properties):
    """Products as Meta writes them: id, quantity, price, and how they are delivered."""
    made = []
    for product in products:
        known = first(product, "product_id", "sku", "id")
        if known is None:
            continue
        content = {"id": known, "quantity": first(product, "quantity") or properties.get("quantity") or 1}
        if (price := first(product, "price")) is not None:
            content["item_price"] = price
        if delivery := first(product, "delivery_category") or properties.get("delivery_category"):
            content["delivery_category"] = delivery
        made.append(content)
    return made


def products_of(properties):
    """The products of an event, or None where it has no list of them."""
    given = properties.get("products")
    return items(given) if isinstance(given, list) else None


def category_of(properties):
    """The category as a text, or None."""
    given = properties.get("category")
    if isinstance(given, list):
        return ",".join(map(text, given))
    return None if absent(given) else text(given)


def content_type(event, call, otherwise):
    """What kind of content products are: as the event says for Meta, or as the settings say of their category."""
    if said := call.options(event).get("contentType"):
        return said
    category = at(event, "properties.category")
    for rule in items(call.settings.get("categoryToContent")):
        if category is not None and rule.get("from") == category and rule.get("to"):
            return rule["to"]
    return otherwise


def of_products(event, call, name, own):
    """What Meta wants to know of an event of this name about products. `own` is the event's own name."""
    properties = properties_of(event)
    category = category_of(properties)
    named = {} if category is None else {"content_category": category}
    currency = {"currency": properties.get("currency") or "USD"}
    products = products_of(properties)
    if own == "product list viewed" or (name == "ViewContent" and products and own != "product viewed"):
        contents = contents_of(products or [], properties)
        kind = "product"
        if not contents and category is not None:
            contents, kind = [{"id": category, "quantity": 1}], "product_group"
        return {
            "content_ids": [one["id"] for one in contents],
            "content_type": content_type(event, call, kind),
            "contents": contents,
            **named,
            "value": amount(properties.get("value")),
            **currency,
        }
    if name in {"ViewContent", "AddToCart", "AddToWishlist"}:
        contents = contents_of([properties], properties)
        source = "value" if call.settings.get("valueFieldIdentifier") == "properties.value" else "price"
        return {
            "content_ids": [one["id"] for one in contents],
            "content_type": content_type(event, call, "product"),
            "content_name": first(properties, "product_name", "name") or "",
            "content_category": category or "",
            **currency,
            "value": amount(properties.get(source)),
            "contents": contents,
        }
    if name in {"Purchase", "InitiateCheckout"}:
        contents = contents_of(products or [], properties)
        return {
            **named,
            "content_ids": [one["id"] for one in contents],
            "content_type": content_type(event, call, "product"),
            **currency,
            "value": amount(properties.get("revenue")),
            "contents": contents,
            "num_items": len(contents),
        }
    if name in {"Search", "AddPaymentInfo"}:
        contents = contents_of(products or [properties], properties)
        query = {"search_string": properties["query"]} if name == "Search" and properties.get("query") else {}
        return {
            "content_ids": [one["id"] for one in contents],
            **named,
            "value": amount(first(properties, "value", "revenue")),
            **query,
            "contents": contents,
            **currency,
        }
    if (revenue := first(properties, "value", "revenue")) is not None:
        return {"value": amount(revenue), **currency}
    return {}
