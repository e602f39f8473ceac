"""Sales as the parameters of a URL."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import FilteredError, InstrumentationError
from transformer.mappers.values import absent, items, text, url_encode

NEEDED = ("product_id", "name", "price", "quantity", "sku")


def track(event, call):
    """A sale, where the settings name its event."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    wanted = {text(one.get("eventName")).strip() for one in items(call.settings.get("eventsToTrack") or [])}
    if name.strip() not in wanted:
        raise FilteredError("Event is not present in 'Events to Track' list. Dropping the event.")
    params = call.map("sale", event)
    group = properties_of(event).get("commissionGroup") or "DEFAULT"
    if "amount" in params:
        params["parts"] = f"{text(group)}:{text(params['amount'])}"
    products = items(properties_of(event).get("products") or [])
    told = [one for one in products if not any(absent(one.get(key)) for key in NEEDED)]
    for number, one in enumerate(told):
        params[f"bd[{number}]"] = _basket(one, params)
    return call.request("sale", event) | {"params": params}


def _basket(product, params):
    """One line of the basket: whose it is, the product, and what it is paid for as."""
    pieces = [params["merchant"], params.get("ref", ""), *(product[key] for key in NEEDED), params.get("parts", "")]
    return "|".join(["AW:P", *map(url_encode, pieces), url_encode(product.get("category") or "")])
