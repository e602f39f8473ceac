"""Braze: users' attributes as its fields or custom ones, purchases, events of shops, subscriptions; batches of all of these."""

from functools import lru_cache

from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import at, object_in, without
from transformer.mappers.values import EMPTY, absent, items, text, unique

_TRACK = "users/track"
_IDENTIFY = "users/identify"
_LABEL = "rudder_id"
_SUBSCRIBE = "v2/subscription/status/set"
_MERGE = "users/merge"
_HOSTS = {"eu": "https://rest.fra-{}.braze.eu", "us": "https://rest.iad-{}.braze.com"}
_OTHER_HOST = "https://rest.{}-{}.braze.com"
_OTHERS = frozenset({"au", "id", "jp", "kr"})
_HOST = "https://rest.fra-01.braze.eu"
_PARTNER = "RudderStack"
# Traits that Braze has fields of its own for; all others are custom attributes.
_ATTRIBUTES = {
    "email": "email",
    "firstName": "first_name",
    "lastName": "last_name",
    "gender": "gender",
    "birthday": "dob",
    "phone": "phone",
    "avatar": "image_url",
}
_OF_ADDRESS = {"city": "home_city", "country": "country"}
_NOT_CUSTOM = frozenset({*_ATTRIBUTES, "address"})
_GENDERS = {
    **dict.fromkeys(("woman", "female", "w", "f"), "F"),
    **dict.fromkeys(("man", "male", "m"), "M"),
    **dict.fromkeys(("other", "o"), "O"),
    **dict.fromkeys(("not applicable", "n"), "N"),
    **dict.fromkeys(("prefer not to say", "p"), "P"),
}
_MERGING = "mergeObjectsUpdateOperation"
_RESERVED = frozenset({"time", "event_name"})
_OF_PURCHASE = frozenset({"product_id", "sku", "price", "currency", "quantity", "time", "event_name"})
_STATES = frozenset({"subscribed", "unsubscribed"})
_BOUGHT = "order completed"
_RECOMMENDED = {
    "product viewed": "product_viewed",
    "product added": "cart_updated",
    "product removed": "cart_updated",
    "cart viewed": "cart_updated",
    "checkout started": "checkout_started",
    "order completed": "order_placed",
    "order refunded": "order_refunded",
    "order cancelled": "order_cancelled",
}
_CART_ACTIONS = {"product added": "add", "product removed": "remove", "cart viewed": "replace"}
# The properties that the tables read; all others are metadata of the event, or of its product.
_PRODUCT = frozenset(
    {
        "product_id",
        "sku",
        "product_name",
        "name",
        "variant_id",
        "variant",
        "image_url",
        "product_url",
        "url",
        "price",
        "metadata",
    }
)
_CART_PRODUCT = _PRODUCT | {"quantity"}
_TOTAL = frozenset({"total_value", "total", "revenue", "value", "currency", "source", "products", "metadata", *_RESERVED})
_ORDER = _TOTAL | {"order_id", "total_discounts", "discount", "discounts"}
_KNOWN = {
    "product_viewed": _PRODUCT | {"currency", "source", "type", *_RESERVED},
    "cart_updated": _TOTAL | {"cart_id", "action"},
    "checkout_started": _TOTAL | {"cart_id", "checkout_id", "order_id"},
    "order_placed": _ORDER | {"cart_id"},
    "order_refunded": _ORDER,
    "order_cancelled": _ORDER | {"cancel_reason", "reason"},
}
_MOST = 75
_MOST_GROUPS = 25
_MOST_OF_GROUP = 50
_MOST_USERS = 50
_LISTS = ("attributes", "events", "purchases")
_IDS = ("external_ids", "emails", "phones")


def identify(event, call):
    """The user's attributes; and that whoever was anonymous before is this user."""
    person = _person(event, call)
    made = _sent(_TRACK, {"attributes": [_attributes(event, call) | person]}, event, call)
    anonymous = event.get("anonymousId")
    if "external_id" not in person or absent(anonymous):
        return made
    known = person | {"user_alias": {"alias_name": anonymous, "alias_label": _LABEL}}
    return [_sent(_IDENTIFY, {"aliases_to_identify": [known]}, event, call), made]


def page(event, call):
    """A page as an event, by its name."""
    return _viewed(event, call, "Page Viewed")


def screen(event, call):
    """A screen as an event, by its name."""
    return _viewed(event, call, "Screen Viewed")


def track(event, call):
    """An event, or purchases of products; with the attributes of whoever did it."""
    name = event.get("event")
    known = name.strip().lower() if isinstance(name, str) else ""
    if call.settings.get("useEcommerceRecommendedEvents") and known in _RECOMMENDED:
        return _with_attributes("events", [_recommended(_RECOMMENDED[known], event, call)], event, call)
    if known == _BOUGHT:
        return _with_attributes("purchases", _purchases(event, call), event, call)
    return _with_attributes("events", [_event(event, call)], event, call)


def group(event, call):
    """A group as an attribute of the user, or as a subscription."""
    name = field(event, "group_id")
    if absent(name):
        raise InstrumentationError("Invalid groupId")
    if call.settings.get("enableSubscriptionGroupInGroupCall"):
        return _subscription(event, call, name)
    attributes = {f"ab_rudder_group_{text(name)}": True} | _person(event, call)
    return _sent(_TRACK, {"attributes": [attributes], "partner": _PARTNER}, event, call)


def alias(event, call):
    """One user in the place of two."""
    return _sent(_MERGE, {"merge_updates": [call.map("merge", event)]}, event, call)


def products(this, call):
    """The products of an order or a cart; an event that is about one product is its own."""
    given = this.get("products")
    if not isinstance(given, list):
        return None if absent(this.get("product_id")) and absent(this.get("sku")) else [call.map("cart_product", this)]
    made = []
    for one in items(given):
        others = without(one, _CART_PRODUCT) | object_in(one, "metadata")
        made.append(call.map("cart_product", one) | ({"metadata": others} if others else {}))
    return made


def batch(jobs, call):
    """Everything in as few requests as Braze's limits let it be, answered as one."""
    lists = {key: [] for key in _LISTS}
    groups, merges, aliases = {}, [], []
    for job in jobs:
        for one in job.requests:
            body = one["body"]["JSON"]
            for key in _LISTS:
                lists[key] += body.get(key, [])
            for given in body.get("subscription_groups", []):
                _gather(groups, given)
            merges += body.get("merge_updates", [])
            aliases += body.get("aliases_to_identify", [])
    head = jobs[0].requests[0]
    host = head["endpoint"].removesuffix(head["endpointPath"])
    made = [_batch(host, _IDENTIFY, head, {"aliases_to_identify": part}) for part in _parts(unique(aliases), _MOST_USERS)]
    for start in range(0, max(map(len, lists.values())), _MOST):
        body = {key: part for key, every in lists.items() if (part := every[start : start + _MOST])}
        made.append(_batch(host, _TRACK, head, {"partner": _PARTNER, **body}))
    subscriptions = [part for one in groups.values() for part in _split(one)]
    made += [_batch(host, _SUBSCRIBE, head, {"subscription_groups": part}) for part in _parts(subscriptions, _MOST_GROUPS)]
    made += [_batch(host, _MERGE, head, {"merge_updates": part}) for part in _parts(merges, _MOST_USERS)]
    return [Group(made, jobs)]


def _parts(every, most):
    return [every[start : start + most] for start in range(0, len(every), most)]


def _batch(host, path, head, body):
    return request(host + path, body, headers=head["headers"], path=path)


def _gather(groups, given):
    """Put the users of a subscription to those of the same group and state."""
    known = groups.setdefault((given["subscription_group_id"], given["subscription_state"]), {key: [] for key in _IDS})
    for key in _IDS:
        known[key] += given.get(key, [])
    known["group"] = {key: one for key, one in given.items() if key not in _IDS}


def _split(one):
    ids = {key: unique(one[key]) for key in _IDS}
    for start in range(0, max(map(len, ids.values())), _MOST_OF_GROUP):
        yield one["group"] | {key: part for key, every in ids.items() if (part := every[start : start + _MOST_OF_GROUP])}


def _viewed(event, call, otherwise):
    named = event.get("name") or at(event, "properties.name") or otherwise
    return _with_attributes("events", [_event({**event, "event": named}, call)], event, call)


def _event(event, call):
    made = call.map("event", event)
    properties = event.get("properties")
    if isinstance(properties, dict):
        made["properties"] = without(properties, _RESERVED)
    return made


def _recommended(name, event, call):
    properties = object_in(event, "properties")
    known = event["event"].strip().lower()
    if known in _CART_ACTIONS:
        properties = {"action": _CART_ACTIONS[known], **properties}
    made = call.map("event", {**event, "event": f"ecommerce.{name}"})
    mapped = call.map(name, properties, event)
    alone = name != "product_viewed" and not isinstance(properties.get("products"), list)
    others = without(properties, _KNOWN[name] | _CART_PRODUCT if alone else _KNOWN[name]) | object_in(properties, "metadata")
    if others:
        mapped["metadata"] = others
    made["properties"] = mapped
    return made


def _purchases(event, call):
    properties = event.get("properties")
    if not isinstance(properties, dict):
        raise InstrumentationError("Invalid Order Completed event: it has no properties")
    given = properties.get("products")
    if absent(given):
        raise InstrumentationError("Invalid Order Completed event: it has no products")
    if not isinstance(given, list):
        raise InstrumentationError("Invalid Order Completed event: products must be a list")
    bought = items(given)
    if not bought:
        raise InstrumentationError("Invalid Order Completed event: Products array is empty")
    made = []
    for number, product in enumerate(bought):
        one = call.map("purchase", product, event)
        _need_whole(one, number)
        others = without(product, _OF_PURCHASE)
        if call.settings.get("sendPurchaseEventWithExtraProperties") and others:
            one["properties"] = others
        made.append(one)
    return made


def _need_whole(one, number):
    for key, name in (("product_id", "Product Id"), ("price", "Price"), ("quantity", "Quantity")):
        if key not in one:
            raise InstrumentationError(f"Invalid Order Completed event: {name} is missing for product at index: {number}")
    if "currency" not in one:
        raise InstrumentationError(
            f"Invalid Order Completed event: Message properties and product at index: {number} is missing currency"
        )


def _with_attributes(key, done, event, call):
    person = _person(event, call)
    app = call.options(event).get("appId")
    own = {"app_id": app} if app else EMPTY
    body = {key: [one | person | own for one in done], "partner": _PARTNER}
    attributes = _attributes(event, call)
    if attributes:
        body["attributes"] = [attributes | person]
    return _sent(_TRACK, body, event, call)


def _attributes(event, call):
    """The user's traits as attributes. A trait that is null takes its attribute away, and so is sent."""
    traits = field(event, "traits")
    if not isinstance(traits, dict):
        return {}
    made = {}
    for key, attribute in _ATTRIBUTES.items():
        if key in traits:
            value = traits[key]
            if key != "gender" or value is None:
                made[attribute] = value
            elif isinstance(value, str) and value.strip().lower() in _GENDERS:
                made[attribute] = _GENDERS[value.strip().lower()]
    address = object_in(traits, "address")
    for key, attribute in _OF_ADDRESS.items():
        if key in address:
            made[attribute] = address[key]
    merging = traits.get(_MERGING)
    if merging is None:
        merging = at(event, f"properties.{_MERGING}")
    nested = call.settings.get("enableNestedArrayOperations")
    for key, value in traits.items():
        if key in _NOT_CUSTOM:
            continue
        operations = _operations(value) if nested and isinstance(value, dict) else EMPTY
        if "$update" in operations:
            made["_merge_objects"] = False if merging is None else merging
        if operations or not (nested and key == _MERGING):
            made[key] = operations or value
    return made


def _operations(value):
    """What a trait says is to be done to a list of objects that the user has; {} where it is a plain value."""
    made = {}
    if isinstance(value.get("update"), list):
        made["$update"] = [_identified(one) | {"$new_object": _rest(one)} for one in items(value["update"])]
    if isinstance(value.get("remove"), list):
        made["$remove"] = [_identified(one) for one in items(value["remove"])]
    if isinstance(value.get("add"), list):
        made["$add"] = [without(one, ("identifier",)) for one in items(value["add"])]
    return made


def _identified(one):
    key = text(one.get("identifier"))
    return {"$identifier_key": key, "$identifier_value": one.get(key)}


def _rest(one):
    return without(one, ("identifier", text(one.get("identifier"))))


def _person(event, call):
    """Who it is: by the external id, by an alias that the event names, or by the anonymous id as an alias."""
    known = external_id(event, "brazeExternalId") or field(event, "user_id_only")
    if known:
        return {"external_id": known}
    alias_of = call.options(event).get("alias")
    if not (isinstance(alias_of, dict) and alias_of.get("alias_name") and alias_of.get("alias_label")):
        alias_of = {"alias_name": event.get("anonymousId"), "alias_label": _LABEL}
    if absent(alias_of["alias_name"]):
        return {"_update_existing_only": False}
    return {"_update_existing_only": False, "user_alias": alias_of}


def _subscription(event, call, name):
    traits = object_in(event, "traits")
    if absent(traits.get("email")) and absent(traits.get("phone")):
        raise InstrumentationError(
            "a group event for subscription groups needs traits with subscriptionState, and email or phone"
        )
    state = traits.get("subscriptionState")
    if not isinstance(state, str) or state not in _STATES:
        raise InstrumentationError("traits.subscriptionState must be subscribed or unsubscribed")
    made = {"subscription_group_id": text(name), "subscription_state": state}
    for key, value in (
        ("external_ids", external_id(event, "brazeExternalId") or event.get("userId")),
        ("emails", traits.get("email")),
        ("phones", traits.get("phone")),
    ):
        if not absent(value):
            made[key] = [value]
    return _sent(_SUBSCRIBE, {"subscription_groups": [made]}, {}, call)


def _sent(path, body, event, call):
    settings = call.settings
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Authorization": f"Bearer {text(settings.get('restApiKey') or '')}",
    }
    user = event.get("userId") or event.get("anonymousId") or ""
    return request(f"{_host(settings)}/{path}", body, headers=headers, path=path, user_id=user)


def _host(settings):
    given = settings.get("dataCenter")
    return _host_of(text(given)) if given else _HOST


@lru_cache(64)
def _host_of(given):
    place, _, number = given.strip().lower().partition("-")
    if place in _HOSTS and number:
        return _HOSTS[place].format(number)
    if place in _OTHERS and number:
        return _OTHER_HOST.format(place, number)
    raise ConfigurationError(f"Invalid Data Center: {given}")
