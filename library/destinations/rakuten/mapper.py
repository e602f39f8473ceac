"""An order as parameters, with a list of each kind of thing that its items have."""

from transformer.mappers.ads import properties_of
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError, MappingError
from transformer.mappers.paths import first
from transformer.mappers.values import absent, number, text

_URL = "https://track.linksynergy.com/ep"
_HEADERS = {"accept": "application/json", "content-type": "application/json"}
_STEP = "prepareTrackPayload"
_CENTS = 100


def track(event, call):
    """An order; amounts are told in the currency's smallest unit."""
    try:
        made = call.map("order", event)
    except MappingError as wrong:
        wrong.step = wrong.step or _STEP
        raise
    products = properties_of(event).get("products")
    products = [one for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    if not products:
        raise InstrumentationError("Either properties.product is not an array or is empty", step=_STEP)
    made["skulist"] = "|".join(_told(one, "sku", "product_id") for one in products)
    made["namelist"] = "|".join(_told(one, "name") for one in products)
    made["qlist"] = "|".join(_told(one, "quantity") for one in products)
    made["amtlist"] = "|".join(_amount(one) for one in products)
    return request(_URL, method="GET", headers=dict(_HEADERS), params=made)


def _told(product, *keys):
    found = first(product, *keys)
    if absent(found) or isinstance(found, (dict, list)):
        raise InstrumentationError(f"Every product wants {keys[0]}", step=_STEP)
    return text(found).replace("|", " ")


def _amount(product):
    """What the items of a line cost together: their amount, or the price of each."""
    amount = _number(product.get("amount"))
    if amount is None:
        price, quantity = _number(product.get("price")), _number(product.get("quantity"))
        amount = None if price is None or quantity is None else price * quantity
    if amount is None:
        raise InstrumentationError("Every product wants amount, or price and quantity", step=_STEP)
    return text(round(amount * _CENTS))


def _number(value):
    return number(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
