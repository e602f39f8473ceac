"""Universal Analytics: hits, with actions and products for the events of commerce."""

import re
from urllib.parse import urlsplit

from transformer.mappers.ads import at_setting, properties_of
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import first
from transformer.mappers.timestamps import unix_milliseconds
from transformer.mappers.values import absent, items, md5, text, truthy, url_encode

_NUMBER = re.compile(r"\d{1,3}$")
_OF_PRODUCT = {
    "product added": "add",
    "product removed": "remove",
    "product viewed": "detail",
    "product clicked": "click",
    "product added to wishlist": "add",
}
_OF_LIST = {"product list viewed": "detail", "product list filtered": "detail", "product list clicked": "click"}
_OF_PROMOTION = {"promotion viewed": "view", "promotion clicked": "promo_click"}
_OF_CHECKOUT = {
    "checkout started": "checkout",
    "order updated": "checkout",
    "checkout step viewed": "checkout",
    "checkout step completed": "checkout_option",
    "payment info entered": "checkout_option",
}
_OF_ORDER = {"order completed": "purchase", "order cancelled": "refund"}
_WITH_PRODUCTS = frozenset({"checkout started", "order updated"})


def identify(event, call):
    """A hit about a user, where the settings ask for it."""
    settings = call.settings
    if not settings.get("enableServerSideIdentify"):
        raise ConfigurationError("server side identify is not on")
    known = field(event, "traits")
    known = known if isinstance(known, dict) else {}
    made = {
        "t": "event",
        "ea": settings.get("serverSideIdentifyEventAction") or "User Enriched",
        "ec": at_setting(known, settings.get("serverSideIdentifyEventCategory")) or "All",
        "ni": int(bool(settings.get("nonInteraction"))),
    }
    return _hit(made | _custom(known, settings), event, call)


def page(event, call):
    """A page view."""
    properties = properties_of(event)
    made = {"t": "pageview"} | _place(field(event, "page_url"), field(event, "page_path"), field(event, "page_search"), call)
    referrer = field(event, "page_referrer")
    if referrer:
        made["dr"] = referrer
    return _hit(made | _custom(properties, call.settings), event, call)


def screen(event, call):
    """A screen view."""
    properties = properties_of(event)
    made = {"t": "screenview"} | _custom(properties, call.settings)
    name = first(event, "properties.name", "name", "event")
    if name:
        made["cd"] = name
    return _hit(made, event, call)


def track(event, call):
    """An event, as the action that it is in commerce."""
    properties, settings = properties_of(event), call.settings
    plain = text(event.get("event") or "").strip().lower()
    if plain == "order completed" and not settings.get("enhancedEcommerce"):
        return _transaction(event, call, properties)
    made = call.map("event", event) | {"t": "event"} | _custom(properties, settings)
    if not made.get("ev", 1) > 0:
        del made["ev"]
    action = _action(plain, event, call, properties) if settings.get("enhancedEcommerce") else {}
    made |= action
    made["ec"] = properties.get("category") or ("EnhancedEcommerce" if action else "All")
    told = properties.get("nonInteraction")
    made["ni"] = int(truthy(told) if not absent(told) else bool(settings.get("nonInteraction")))
    if plain in {"product shared", "cart shared"}:
        made |= _shared(plain, properties)
    if properties.get("url"):
        made |= _place(properties["url"], properties.get("path"), properties.get("search"), call)
    if properties.get("referrer"):
        made["dr"] = properties["referrer"]
    return _hit(made, event, call)


def _hit(own, event, call):
    made = call.request("hit", event)
    params = call.map("hit", event) | own
    client = _client(event, call)
    if client:
        params["cid"] = client
    sent = unix_milliseconds(first(event, "originalTimestamp", "timestamp"))
    if sent is not None:
        params["qt"] = unix_milliseconds(call.now().isoformat()) - sent
    made["params"] = params
    user = event.get("anonymousId") or event.get("userId")
    if user:
        made["userId"] = user
    return made


def _client(event, call):
    known = external_id(event, "gaExternalId") or call.options(event).get("clientId") or event.get("anonymousId")
    if not known and event.get("userId") and not call.settings.get("disableMd5"):
        return md5(event["userId"])
    return known


def _custom(values, settings, prefix=""):
    """Dimensions, metrics and content groups by their numbers; products have no groups."""
    made = {}
    kinds = (("cd", settings.get("dimensions")), ("cm", settings.get("metrics")), ("cg", settings.get("contentGroupings")))
    for kind, rules in kinds[:2] if prefix else kinds:
        for rule in items(rules or []):
            number = _NUMBER.search(text(rule.get("to") or ""))
            value = at_setting(values, rule.get("from"))
            if number and not absent(value):
                made[f"{prefix}{kind}{number[0]}"] = value
    return made


def _place(url, path, search, call):
    made = {}
    if isinstance(url, str) and url:
        made["dl"] = url
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = None
        if parts and parts.netloc:
            made["dh"] = parts.netloc
            path = path or parts.path
    if path:
        made["dp"] = url_encode(text(path) + (text(search) if search and call.settings.get("includeSearch") else ""))
    return made


def _action(plain, event, call, properties):
    """What an event of commerce is; nothing for other events."""
    products = items(properties.get("products") or [])
    if plain in _OF_PRODUCT:
        made = {"pa": _OF_PRODUCT[plain]} | _products([properties], event, call)
        if not absent(properties.get("currency")):
            made["cu"] = properties["currency"]
        if plain == "product clicked" and properties.get("list"):
            made["pal"] = properties["list"]
        return made
    if plain in _OF_LIST:
        return {"pa": _OF_LIST[plain]} | _listed(plain, event, call, properties, products)
    if plain in _OF_PROMOTION:
        return {"pa": _OF_PROMOTION[plain], "promoa": _OF_PROMOTION[plain]} | call.map("promotion", event)
    if plain in _OF_CHECKOUT:
        made = {"pa": _OF_CHECKOUT[plain]} | call.map("checkout", event)
        if plain in _WITH_PRODUCTS:
            made |= _products(products, event, call)
            if not absent(properties.get("currency")):
                made["cu"] = properties["currency"]
        return made
    if plain in _OF_ORDER:
        if not products:
            raise InstrumentationError("No product information supplied for transaction event")
        return {"pa": _OF_ORDER[plain]} | call.map("order", event) | _products(products, event, call)
    if plain == "order refunded":
        made = {"pa": "refund"} | _products(products, event, call)
        if not absent(properties.get("order_id")):
            made["ti"] = properties["order_id"]
        return made
    return {}


def _products(products, event, call):
    made = {}
    for number, product in enumerate(products, 1):
        made |= {f"pr{number}{key}": value for key, value in call.map("product", product, event).items()}
        made |= _custom(product, call.settings, f"pr{number}")
    return made


def _listed(plain, event, call, properties, products):
    made = {}
    name = properties.get("list_id") or properties.get("category")
    if name:
        made["il1nm"] = name
    chosen = ""
    if plain != "product list clicked" and (properties.get("filters") or properties.get("sorts")):
        chosen = f"{_pairs(properties.get('filters'))}::{_pairs(properties.get('sorts'))}"
    for number, product in enumerate(products, 1):
        told = call.map("product", product, event) | ({"va": chosen} if chosen else {})
        made |= {f"il1pi{number}{key}": value for key, value in told.items()}
        made |= _custom(product, call.settings, f"pr{number}")
    return made


def _pairs(rules):
    rules = items(rules) if isinstance(rules, list) else []
    return ",".join(f"{text(rule.get('type'))}:{text(rule.get('value'))}" for rule in rules)


def _shared(plain, properties):
    made = {}
    if plain == "cart shared":
        ids = [product.get("product_id") or product.get("sku") for product in items(properties.get("products") or [])]
        target = "".join(f" {text(one)}" for one in ids if one)
    else:
        target = properties.get("url")
    if target:
        made["st"] = target
    if properties.get("share_via"):
        made["sn"] = properties["share_via"]
    return made


def _transaction(event, call, properties):
    products = items(properties.get("products") or [])
    if not products:
        raise InstrumentationError("No product information supplied for transaction event")
    hits = [call.map("transaction", event), *(call.map("item", product, event) for product in products)]
    return [_hit(hit, event, call) for hit in hits]
