"""Events for a data set of Meta's Conversions API, where properties stay as they are."""

from destinations.facebook_pixel import (
    amount,
    category_of,
    check_time,
    click,
    content_type,
    contents_of,
    form,
    name_of,
    products_of,
    user_data,
    without_personal,
)

from transformer.mappers.ads import lowered, properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import first

__all__ = ["click", "page", "track"]

ABOUT_ONE = frozenset({"ViewContent", "AddToCart", "AddToWishlist"})
ABOUT_SEVERAL = frozenset({"Purchase", "InitiateCheckout", "Search", "AddPaymentInfo"})
COUNTED = frozenset({"Purchase", "InitiateCheckout"})


def page(event, call):
    """A page or a screen."""
    check_time(event, call)
    return _send(event, call, "PageView", _custom(event, call))


def track(event, call):
    """An event by Meta's name with what Meta wants to know of it, or by its own."""
    name = event.get("event")
    if not isinstance(name, str) or not name:
        raise InstrumentationError("'event' is required and should be a string")
    check_time(event, call)
    wanted = name_of(name, call.settings)
    custom = _custom(event, call)
    if wanted in ABOUT_ONE | ABOUT_SEVERAL:
        custom.update(_of_products(event, call, wanted, lowered(name)))
    custom.update(_money(event, custom))
    if wanted in COUNTED:
        custom["num_items"] = len(custom["contents"])
    return _send(event, call, wanted or name, custom)


def _send(event, call, name, custom):
    settings = call.settings
    user = user_data(event, call, call.map("person", event), call.map("sign", event))
    limited, source = settings.get("limitedDataUsage"), settings.get("actionSource")
    return form(event, call, name, user, custom, limited=limited, source=source)


def _custom(event, call):
    return without_personal(event, call, properties_of(event))


def _money(event, custom):
    properties = properties_of(event)
    value = first(properties, "value", "revenue", "total", "price")
    made = {} if value is None else {"value": amount(value)}
    currency = {"currency": properties.get("currency") or "USD"}
    if "contents" in custom:
        return currency | made
    return made | currency if made else {}


def _of_products(event, call, name, own):
    """Products, or the one that the properties are about."""
    properties = properties_of(event)
    products = products_of(properties)
    contents = contents_of(products or [properties], properties)
    ids = [one["id"] for one in contents]
    kind = "product"
    if own == "product list viewed" and not contents and (category := category_of(properties)) is not None:
        contents, ids, kind = [{"id": category, "quantity": 1}], [category], "product_group"
    if name in ABOUT_ONE and not products and own != "product list viewed" and ids:
        ids = ids[0]
    made = {"content_ids": ids, "contents": contents, "content_type": properties.get("content_type")}
    made["content_type"] = made["content_type"] or content_type(event, call, kind)
    if (category := category_of(properties)) is not None:
        made["content_category"] = category
    if name == "Search" and properties.get("query"):
        made["search_string"] = properties["query"]
    return made
