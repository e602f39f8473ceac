"""Google Analytics 4: recommended events with their items, custom parameters, user properties and what must not be sent."""

import re
from typing import NamedTuple

from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import object_in
from transformer.mappers.values import absent, flatten, items


class Kind(NamedTuple):
    """How one event of Google Analytics is made."""

    name: str
    mapping: str = ""
    consumed: tuple[str, ...] = ()
    items: str = ""
    """"many" of `products`, which are required; "some" of them; "one" that the event itself may be; or none."""


def _words(text):
    return frozenset(text.split())


_AMOUNT = ("currency", "value", "total", "revenue")
_CHECKOUT = (*_AMOUNT, "coupon")
_ORDER = (*_CHECKOUT, "order_id", "transaction_id", "affiliation", "shipping", "tax")
_PROMOTION = ("promotion_id", "promotion_name", "name", "creative_name", "creative", "creative_slot", "position", "location_id")
_LIST = ("list_id", "item_list_id", "category", "item_list_name")
_SHARE = ("share_via", "method", "content_type", "item_id", "product_id")
_KINDS = (
    Kind("search", "search", ("query", "search_term")),
    Kind("view_item_list", "list", _LIST, "many"),
    Kind("view_promotion", "promotion", _PROMOTION, "some"),
    Kind("select_promotion", "promotion", _PROMOTION, "some"),
    Kind("select_item", "list", _LIST, "one"),
    Kind("view_item", "amount", _AMOUNT, "one"),
    Kind("add_to_cart", "amount", _AMOUNT, "one"),
    Kind("remove_from_cart", "amount", _AMOUNT, "one"),
    Kind("add_to_wishlist", "amount", _AMOUNT, "one"),
    Kind("view_cart", "amount", _AMOUNT, "many"),
    Kind("begin_checkout", "checkout", _CHECKOUT, "many"),
    Kind("add_payment_info", "add_payment_info", (*_CHECKOUT, "payment_type", "payment_method"), "many"),
    Kind("add_shipping_info", "add_shipping_info", (*_CHECKOUT, "shipping_tier", "shipping_method"), "many"),
    Kind("purchase", "order", _ORDER, "many"),
    Kind("refund", "order", _ORDER, "some"),
    Kind("share", "share", _SHARE),
    Kind("generate_lead", "amount", _AMOUNT),
    Kind("post_score", "post_score"),
    Kind("unlock_achievement", "unlock_achievement"),
    Kind("campaign_details", "campaign_details", ("campaign_id", "campaign", "source", "medium", "term", "content")),
    *map(Kind, ("earn_virtual_currency", "level_up", "login", "select_content", "sign_up", "spend_virtual_currency")),
    *map(Kind, ("tutorial_begin", "tutorial_complete")),
)
_PAGE_VIEW = Kind("page_view", "page_view", ("url", "title", "referrer"))
_CUSTOM = Kind("")
_JOIN_GROUP = Kind("join_group", "join_group", ("groupId", "group_id"))
_BY_NAME = {kind.name: kind for kind in _KINDS}
_BY_NAME |= {
    ours: _BY_NAME[theirs]
    for ours, theirs in {
        "products_searched": "search",
        "product_list_viewed": "view_item_list",
        "product_list_filtered": "view_item_list",
        "promotion_viewed": "view_promotion",
        "promotion_clicked": "select_promotion",
        "product_clicked": "select_item",
        "product_viewed": "view_item",
        "product_added": "add_to_cart",
        "product_removed": "remove_from_cart",
        "product_added_to_wishlist": "add_to_wishlist",
        "cart_viewed": "view_cart",
        "checkout_started": "begin_checkout",
        "payment_info_entered": "add_payment_info",
        "checkout_step_completed": "add_shipping_info",
        "order_completed": "purchase",
        "order_refunded": "refund",
        "product_shared": "share",
        "cart_shared": "share",
    }.items()
}

_RESERVED = _words(
    "ad_activeview ad_click ad_exposure ad_query ad_reward adunit_exposure app_background app_clear_data app_exception "
    "app_install app_remove app_store_refund app_update app_upgrade dynamic_link_app_open dynamic_link_app_update "
    "dynamic_link_first_open error firebase_campaign firebase_in_app_message_action firebase_in_app_message_dismiss "
    "firebase_in_app_message_impression first_open first_visit in_app_purchase notification_dismiss notification_foreground "
    "notification_open notification_receive notification_send os_update session_start user_engagement"
)
_OF_SUBSCRIPTIONS = _words("app_store_subscription_cancel app_store_subscription_convert app_store_subscription_renew")
_RESERVED_WEB = frozenset(
    (
        *_OF_SUBSCRIPTIONS,
        *("click", "file_download", "form_start", "form_submit", "scroll", "video_complete", "video_progress", "video_start"),
        *("view_complete", "view_search_results"),
    )
)
_RESERVED_APP = frozenset((*_OF_SUBSCRIPTIONS, "ad_impression", "app_uninstall", "screen_view"))
_PREFIXES = ("_", "firebase_", "ga_", "google_", "gtag.")
_FIRST = frozenset("_fg")
_NO_PROPERTIES = _words("first_open_time first_visit_time first_open_after_install last_deep_link_referrer user_id")
_BLANKS = (None, "", [], {})
_LONGEST_PROPERTY, _LONGEST_VALUE = 24, 36
_EVENT_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)

_ITEM = _words(
    "product_id item_id name item_name affiliation coupon currency discount position index brand item_brand category "
    "item_category item_category2 item_category3 item_category4 item_category5 item_list_id item_list_name variant "
    "item_variant location_id price quantity promotion_id promotion_name creative_name creative_slot"
)
_ALWAYS = frozenset(("products", "user_properties", "sessionId", "session_id", "engagementTimeMsec", "engagement_time_msec"))
_CONSUMED = {kind.name: _ALWAYS.union(kind.consumed) for kind in (*_KINDS, _PAGE_VIEW, _JOIN_GROUP)}
_EARLIEST, _LATEST = 72 * 3_600_000_000, 15 * 60_000_000
"""Microseconds."""


def track(event, call):
    """An event that Google Analytics recommends, or one of its sender's own."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("Event name is required")
    if not isinstance(name, str):
        raise InstrumentationError("track:: event name should be string")
    name = "_".join(name.split())
    lowered = name.lower()
    if lowered in _RESERVED:
        raise InstrumentationError("track:: Reserved event names are not allowed")
    kind = _BY_NAME.get(lowered)
    if kind is None:
        _check_name(name, lowered, call.settings)
        return _request(event, call, _CUSTOM, name, object_in(event, "properties"))
    return _request(event, call, kind, kind.name, object_in(event, "properties"))


def page(event, call):
    """A page, as a view of it."""
    return _request(event, call, _PAGE_VIEW, _PAGE_VIEW.name, object_in(event, "properties"))


def group(event, call):
    """A group that a user joins."""
    return _request(event, call, _JOIN_GROUP, _JOIN_GROUP.name, object_in(event, "traits"))


def _check_name(name, lowered, settings):
    reserved = _RESERVED_APP if settings.get("typesOfClient") == "firebase" else _RESERVED_WEB
    if lowered in reserved:
        raise InstrumentationError("Reserved custom event names are not allowed")
    if name.startswith(_PREFIXES):
        raise InstrumentationError("Reserved custom prefix names are not allowed")
    if not _EVENT_NAME.fullmatch(name):
        raise InstrumentationError("the name of an event begins with a letter, and has letters, digits and underscores alone")


def _request(event, call, kind, name, properties):
    settings = call.settings
    consumed = _CONSUMED.get(kind.name, _ALWAYS)
    params = {}
    if kind.mapping:
        params = call.map(kind.mapping, event if kind is _PAGE_VIEW or kind is _JOIN_GROUP else properties, event)
    if kind.items:
        items, consumed = _items(event, call, kind, properties, consumed)
        if items:
            params["items"] = items
    _add_custom(params, properties, consumed)
    _add_session(params, event, call, properties)
    firebase = settings.get("typesOfClient") == "firebase"
    body = call.map("app" if firebase else "web", event)
    check_time(body, call)
    if found := _user_properties(event, call, properties):
        body["user_properties"] = found
    body["events"] = [{"name": name, "params": params}]
    return call.request("collect_from_app" if firebase else "collect", event, body)


def check_time(body, call):
    """Google Analytics drops what is too old, and takes nothing from the future."""
    if "timestamp_micros" not in body:
        return
    age = call.seconds() * 1_000_000 - body["timestamp_micros"]
    if age > _EARLIEST:
        raise InstrumentationError("Allowed timestamp is [72 hours] into the past")
    if age < -_LATEST:
        raise InstrumentationError("Allowed timestamp is [15 minutes] into the future")


def _items(event, call, kind, properties, consumed):
    """The items of an event, and what of its properties is not told again."""
    products = properties.get("products")
    if isinstance(products, list) and products:
        return [_item(call, one, event) for one in products if isinstance(one, dict)], consumed
    if kind.items == "one":
        own = call.map("item", properties, event)
        _check_item(own)
        return [own], consumed | _ITEM
    if kind.items == "many":
        if products is not None and not isinstance(products, list):
            raise InstrumentationError("properties.products must be a list")
        raise InstrumentationError("properties.products is required for this event")
    return [], consumed


def _item(call, product, event):
    made = call.map("item", product, event)
    _check_item(made)
    for key in product:
        if key not in _ITEM:
            _add_custom(made, product, _ITEM)
            break
    return made


def _check_item(item):
    if "item_id" not in item and "item_name" not in item:
        raise InstrumentationError("One of product_id or name is required")


def _add_custom(made, properties, consumed):
    """Put the properties that have no place of their own into the parameters, nested ones under the names of their paths."""
    for key, value in properties.items():
        if key in consumed or _is_reserved(key):
            continue
        kind = type(value)
        if kind is dict or kind is list:
            for path, leaf in flatten({key: value}, "_").items():
                if leaf not in _BLANKS:
                    made.setdefault(path, leaf)
        elif value or (value is not None and value != ""):
            made.setdefault(key, value)


def _is_reserved(key):
    return key[:1] in _FIRST and key.startswith(_PREFIXES)


def _add_session(params, event, call, properties):
    session = None
    if call.settings.get("connectionMode") == "hybrid":
        options = call.options(event)
        session = options.get("sessionId")
        if options.get("sessionNumber"):
            params["session_number"] = options["sessionNumber"]
    context = event.get("context")
    session = (
        session
        or properties.get("sessionId")
        or properties.get("session_id")
        or (type(context) is dict and context.get("sessionId"))
    )
    if session:
        params["session_id"] = session
    params["engagement_time_msec"] = properties.get("engagementTimeMsec") or properties.get("engagement_time_msec") or 1


def _user_properties(event, call, properties):
    """What is known of the user, as far as Google Analytics takes it: short names and values that are no lists or objects."""
    hidden = call.settings.get("piiPropertiesToIgnore")
    hidden = [rule.get("piiProperty") for rule in items(hidden)] if hidden else ()
    made = {}
    for source in (object_in(object_in(event, "context"), "traits"), object_in(properties, "user_properties")):
        for key, value in source.items():
            if type(value) is str:
                if not 0 < len(value) <= _LONGEST_VALUE:
                    continue
            elif not isinstance(value, (int, float)):
                continue
            if len(key) <= _LONGEST_PROPERTY and key not in _NO_PROPERTIES and not _is_reserved(key) and key not in hidden:
                made[key] = {"value": value}
    return made
