"""What happened, as the list of events that Monetate's engine decides by."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.operators import is_number
from transformer.mappers.values import absent, number, text

_CONTEXT = (("IpAddress", "address"), ("PageView", "view"), ("ScreenSize", "size"), ("UserAgent", "agent"))
_PAGE = (("PageView", "page_view"), ("Referrer", "referrer"))
_CURRENCY = "USD"


def tracked(event, call):
    """Where and how it happened, and what it says of products, the cart, or an order."""
    made = _events(_CONTEXT, event, call)
    name = event.get("event")
    shown = _SHOWN.get(name.strip().lower()) if isinstance(name, str) else None
    if shown:
        made.append(shown(properties_of(event), name))
    return made


def seen(event, call):
    """The page, and where its visitor came from."""
    return _events(_PAGE, event, call)


def _events(kinds, event, call):
    found = ((kind, call.map(mapping, event)) for kind, mapping in kinds)
    return [{"eventType": f"monetate:context:{kind}", **one} for kind, one in found if one]


def _viewed(properties, name):
    known = properties.get("product_id")
    if absent(known):
        raise InstrumentationError(f"'product_id' is a required field for {name}")
    return _event("ProductDetailView", "products", [{"productId": text(known), "sku": _sku(properties)}])


def _listed(properties, name):
    products = _products(properties, name)
    if any(absent(one.get("product_id")) for one in products):
        raise InstrumentationError(f"'product_id' is a required field for all products for {name}")
    return _event("ProductThumbnailView", "products", [text(one["product_id"]) for one in products])


def _added(properties, name):
    known, count, value = (properties.get(key) for key in ("product_id", "quantity", "cart_value"))
    if absent(known) or absent(value) or not is_number(count):
        raise InstrumentationError(
            f"'product_id', 'quantity', 'cart_value' are required fields and 'quantity' should be a number for {name}"
        )
    return _event("Cart", "cartLines", [_line(properties, text(value))])


def _cart(properties, name):
    return _event("Cart", "cartLines", _lines(properties, name))


def _ordered(properties, name):
    lines = _lines(properties, name)
    order = properties.get("order_id")
    if absent(order):
        raise InstrumentationError(f"'order_id' is a required field for {name}")
    return _event("Purchase", "purchaseLines", lines) | {"purchaseId": text(order)}


_SHOWN = {
    "product viewed": _viewed,
    "product list viewed": _listed,
    "product added": _added,
    "cart viewed": _cart,
    "order completed": _ordered,
}


def _event(kind, key, value):
    return {"eventType": f"monetate:context:{kind}", key: value}


def _lines(properties, name):
    products = _products(properties, name)
    if not all(
        not absent(one.get("product_id")) and is_number(one.get("quantity")) and is_number(one.get("price")) for one in products
    ):
        raise InstrumentationError(
            "'quantity', 'price' and 'product_id' are required fields and 'quantity' and 'price' should be a number "
            f"for all products for {name}"
        )
    return [_line(one, f"{number(one['quantity']) * number(one['price']):.2f}") for one in products]


def _line(product, value):
    return {
        "pid": text(product["product_id"]),
        "sku": _sku(product),
        "quantity": product["quantity"],
        "value": value,
        "currency": product.get("currency") or _CURRENCY,
    }


def _sku(product):
    return "" if absent(product.get("sku")) else text(product["sku"])


def _products(properties, name):
    products = properties.get("products")
    if not isinstance(products, list):
        raise InstrumentationError(f"'products' missing or not array in {name}")
    return [one if isinstance(one, dict) else {} for one in products]
