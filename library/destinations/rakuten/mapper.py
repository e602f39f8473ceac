"""Orders as the parameters of a URL: lists of what each product is."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import items, json_text, number, rounded, text

STEP = "prepareTrackPayload"
NEEDED = {
    "land": ["properties.land", "properties.land_time", "properties.landTime"],
    "tr": ["properties.tr", "properties.ran_site_id", "properties.ranSiteID"],
    "ord": ["properties.orderId", "properties.order_id"],
}
BETWEEN = "|"


def track(event, call):
    """One order with its products."""
    made = call.map("order", event)
    for key, places in NEEDED.items():
        if key not in made:
            raise InstrumentationError(f"Missing required value from {json_text(places)}", step=STEP)
    products = properties_of(event).get("products")
    products = items(products) if isinstance(products, list) else []
    if not products:
        raise InstrumentationError("Either properties.product is not an array or is empty", step=STEP)
    made["skulist"] = _list(products, "sku", "product_id")
    made["namelist"] = _list(products, "name")
    made["qlist"] = _list(products, "quantity")
    made["amtlist"] = BETWEEN.join(map(_hundredths, products))
    return call.request("order", event) | {"params": made}


def _list(products, *keys):
    return BETWEEN.join(next((text(one[key]) for key in keys if one.get(key) is not None), "") for one in products)


def _hundredths(product):
    amount = number(product.get("amount"))
    if amount is None:
        price, quantity = number(product.get("price")), number(product.get("quantity"))
        if price is None or quantity is None:
            raise InstrumentationError("A product has neither an amount nor a price and a quantity", step=STEP)
        amount = price * quantity
    return text(rounded(amount * 100))
