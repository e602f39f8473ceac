"""Realistic events, generated: for the demo, the benchmarks, tests, and `transformer events | transformer run`.

Six types in the proportions of a shop's traffic, nested properties, products and contexts, about 1 KB each. Every person,
address and network in them is invented or from a range that is reserved for examples. The same seed gives the same events on
every Python version: only `random()` is used, the one method whose sequence Python promises to keep.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

__all__ = ["EVENT_TYPES", "event_stream", "sample_events"]

T = TypeVar("T")

EVENT_TYPES: Final = ("track", "page", "identify", "screen", "group", "alias")
_SHARES: Final = (0.52, 0.72, 0.84, 0.92, 0.97, 1.0)

_FIRST: Final = (
    "Ada",
    "Bruno",
    "Chiara",
    "Daan",
    "Emeka",
    "Farah",
    "Gita",
    "Hugo",
    "Ines",
    "Jun",
    "Kofi",
    "Lena",
    "Mateo",
    "Noor",
    "Olga",
)
_LAST: Final = (
    "Abara",
    "Brandt",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fontana",
    "Gupta",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "de la Cruz",
)
_CITIES: Final = (
    ("Lisbon", "PT", "Europe/Lisbon", "pt-PT"),
    ("Hamburg", "DE", "Europe/Berlin", "de-DE"),
    ("Pune", "IN", "Asia/Kolkata", "en-IN"),
    ("Accra", "GH", "Africa/Accra", "en-GH"),
    ("Osaka", "JP", "Asia/Tokyo", "ja-JP"),
    ("Austin", "US", "America/Chicago", "en-US"),
    ("Rosario", "AR", "America/Argentina/Cordoba", "es-AR"),
)
_PRODUCTS: Final = (
    ("SKU-1042", "Trail running shoe", "shoes", 119.0),
    ("SKU-2210", "Rain jacket, men's", "outdoor", 89.5),
    ("SKU-3307", "Steel bottle 750 ml", "kitchen", 24.9),
    ("SKU-4121", "Desk lamp «Luma»", "home", 54.0),
    ("SKU-5075", "Noise-cancelling headphones", "audio", 229.0),
    ("SKU-6160", "Chess set", "games", 39.99),
)
_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
)
_PLANS: Final = ("free", "team", "business", "enterprise")
_CAMPAIGNS: Final = (("newsletter", "email", "autumn-sale"), ("search", "cpc", "brand"), ("partner", "referral", "blog"))
_SCREENS: Final = ("Home", "Basket", "Product", "Settings", "Orders")
_PATHS: Final = ("/", "/shoes", "/outdoor/rain-jacket", "/checkout", "/account", "/help/returns")


def sample_events(count: int, seed: int = 0, types: Sequence[str] = EVENT_TYPES) -> list[dict[str, Any]]:
    """`count` events of `types`, in the order of time; the same for the same arguments. Nothing in the list is shared.

    Raises:
        ValueError: `types` is empty or names something that is not in EVENT_TYPES.
    """
    return list(islice(event_stream(seed, types), count))


def event_stream(seed: int = 0, types: Sequence[str] = EVENT_TYPES) -> Iterator[dict[str, Any]]:
    """The events of `sample_events`, without an end. Raises ValueError as that does."""
    if not types:
        raise ValueError("no event type is given")
    for name in types:
        if name not in EVENT_TYPES:
            raise ValueError(f"there is no event type {name!r}; known: {', '.join(EVENT_TYPES)}")
    return _draw(_Maker(seed), frozenset(types))


def _draw(maker: _Maker, types: frozenset[str]) -> Iterator[dict[str, Any]]:
    index = 0
    while True:
        kind = maker.type()
        if kind in types:
            yield maker.event(kind, index)
            index += 1


class _Maker:
    """Draws events one after the other from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - samples, not secrets
        self._milliseconds = 0

    def type(self) -> str:
        drawn = self._random()
        return next(kind for kind, share in zip(EVENT_TYPES, _SHARES, strict=True) if drawn < share)

    def event(self, kind: str, index: int) -> dict[str, Any]:
        person = _Person(self._below(400))
        self._milliseconds += 1 + self._below(1500)
        sent = _time(self._milliseconds)
        event: dict[str, Any] = {
            "messageId": f"{self._hex(8)}-{self._hex(4)}-4{self._hex(3)}-a{self._hex(3)}-{index:012x}",
            "type": kind,
            "channel": "mobile" if kind == "screen" else "web",
            "anonymousId": person.anonymous_id,
            "userId": person.user_id,
            "originalTimestamp": sent,
            "sentAt": _time(self._milliseconds + 40 + self._below(400)),
            "integrations": {"All": True},
            "context": self._context(person, mobile=kind == "screen"),
        }
        if self._random() < 0.2 and kind not in {"identify", "alias"}:
            del event["userId"]
        return event | self._body(kind, person, event["context"])

    def _body(self, kind: str, person: _Person, context: dict[str, Any]) -> dict[str, Any]:
        match kind:
            case "track":
                return self._track(person)
            case "page":
                return self._page(person, context["page"])
            case "screen":
                return self._screen()
            case "identify":
                context["traits"] = _traits(person)
                return {"traits": _traits(person)}
            case "group":
                return _group(person)
            case _:
                return {"previousId": person.anonymous_id, "traits": {"mergedFrom": "guest checkout"}}

    def _context(self, person: _Person, *, mobile: bool) -> dict[str, Any]:
        city, country, zone, locale = person.city
        context: dict[str, Any] = {
            "ip": f"203.0.113.{1 + person.number % 254}",
            "locale": locale,
            "timezone": zone,
            "userAgent": _AGENTS[2 + person.number % 2 if mobile else person.number % 2],
            "library": {"name": "mobile-sdk" if mobile else "web-sdk", "version": "3.7.1"},
            "location": {"city": city, "country": country},
            "screen": {"width": 390 if mobile else 1920, "height": 844 if mobile else 1080, "density": 3 if mobile else 1},
            "sessionId": 1_790_000_000 + person.number * 37,
        }
        if mobile:
            context["app"] = {"name": "Shop", "version": "7.12.0", "build": "71204", "namespace": "com.example.shop"}
            context["device"] = {
                "id": self._hex(16),
                "type": "ios" if person.number % 2 == 0 else "android",
                "model": "Phone 15",
            }
            context["network"] = {"carrier": "Example Mobile", "wifi": self._random() < 0.6, "cellular": True}
        else:
            path = self._pick(_PATHS)
            url = f"https://shop.example.com{path}"
            context["page"] = {"path": path, "url": url, "referrer": "https://www.example.org/", "title": "Shop"}
        if self._random() < 0.3:
            source, medium, name = self._pick(_CAMPAIGNS)
            context["campaign"] = {"source": source, "medium": medium, "name": name}
        if self._random() < 0.5:
            context["traits"] = {"email": person.email, "plan": person.plan}
        return context

    def _track(self, person: _Person) -> dict[str, Any]:
        drawn = self._random()
        if drawn < 0.45:
            return {"event": "Product Viewed", "properties": self._product(1)}
        if drawn < 0.65:
            return {
                "event": "Products Searched",
                "properties": {"query": self._pick(_PRODUCTS)[1].lower(), "results": self._below(60)},
            }
        if drawn < 0.75:
            return {
                "event": "Support Message Sent",
                "properties": {
                    "subject": "Where is my order?",
                    "message": f"Hello, I am {person.name}. Please write to {person.email} or call {person.phone}. Thank you!",
                    "order_id": f"O-{100_000 + self._below(900_000)}",
                },
            }
        products = [self._product(1 + self._below(3)) for _ in range(1 + self._below(3))]
        revenue = round(math.fsum(product["price"] * product["quantity"] for product in products), 2)
        order = {
            "order_id": f"O-{100_000 + self._below(900_000)}",
            "currency": "EUR",
            "revenue": revenue,
            "tax": round(revenue * 0.19, 2),
            "shipping": 4.9,
            "coupon": self._pick((None, None, "WELCOME10")),
            "products": products,
            "receipt_email": person.email,
        }
        return {"event": "Order Completed" if drawn < 0.9 else "Checkout Started", "properties": order}

    def _page(self, person: _Person, page: dict[str, Any]) -> dict[str, Any]:
        seen = {"search": "", "scroll_depth": self._below(101), "tags": ["shop", person.plan]}
        return {"name": page["title"], "properties": {**page, **seen}}

    def _screen(self) -> dict[str, Any]:
        name = self._pick(_SCREENS)
        return {"name": name, "properties": {"name": name, "previous": self._pick(_SCREENS), "load_ms": 40 + self._below(900)}}

    def _product(self, quantity: int) -> dict[str, Any]:
        sku, name, category, price = self._pick(_PRODUCTS)
        return {"sku": sku, "name": name, "category": category, "price": price, "quantity": quantity, "currency": "EUR"}

    def _below(self, end: int) -> int:
        return int(self._random() * end)

    def _pick(self, choices: Sequence[T]) -> T:
        return choices[self._below(len(choices))]

    def _hex(self, digits: int) -> str:
        return "".join("0123456789abcdef"[self._below(16)] for _ in range(digits))


class _Person:
    """Somebody who does not exist; everything follows from the number."""

    def __init__(self, number: int) -> None:
        first, last = _FIRST[number % len(_FIRST)], _LAST[number // 3 % len(_LAST)]
        self.number = number
        self.name = f"{first} {last}"
        self.email = f"{first}.{last}{number}@example.com".lower().replace(" ", "-")
        self.phone = f"+1 202-555-{100 + number % 100:04}"
        self.user_id = f"user-{number:05}"
        self.anonymous_id = f"anon-{number * 2_654_435_761 % 2**32:08x}"
        self.plan = _PLANS[number % len(_PLANS)]
        self.city = _CITIES[number % len(_CITIES)]


def _traits(person: _Person) -> dict[str, Any]:
    city, country, _, _ = person.city
    street = f"{1 + person.number % 90} Example Street"
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "plan": person.plan,
        "age": 18 + person.number % 60,
        "newsletter": person.number % 3 == 0,
        "createdAt": _time(-86_400_000 * (person.number % 700)),
        "address": {"street": street, "city": city, "country": country, "postalCode": "00000"},
    }


def _group(person: _Person) -> dict[str, Any]:
    number = person.number % 40
    seats = 5 + number * 3
    traits = {"name": f"Company {number}", "industry": "retail", "employees": seats * 4, "plan": person.plan, "seats": seats}
    return {"groupId": f"company-{number:03}", "traits": traits}


def _time(milliseconds: int) -> str:
    """RFC 3339 text of the moment so long after the time at which all samples start."""
    days, rest = divmod(milliseconds, 86_400_000)
    seconds, thousandths = divmod(rest, 1000)
    return f"{_date(days)}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}Z"


def _date(days: int) -> str:
    return (date(2026, 9, 1) + timedelta(days=days)).isoformat()
