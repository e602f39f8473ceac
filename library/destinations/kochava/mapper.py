"""Events with what is known of the device that they happened on."""

from transformer.mappers.ads import properties_of
from transformer.mappers.devices import is_android, is_apple
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.values import EMPTY, text

NAMES = {
    "order completed": "Purchase",
    "product added": "Add to Cart",
    "product added to wishlist": "Add to Wishlist",
    "checkout started": "Checkout Start",
    "product reviewed": "Rating",
    "products searched": "Search",
    "product viewed": "View",
}
ALLOWED = 3
"""What a device of Apple's says where it may be tracked."""


def track(event, call):
    """An event by Kochava's name for it, or its own."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("The event has no name")
    return _event(NAMES.get(name.strip().lower(), name), event, call)


def screen(event, call):
    """A view of a screen."""
    name = properties_of(event).get("name")
    return _event(f"screen view {text(name)}" if name else "screen view", event, call)


def _event(name, event, call):
    device = at(event, "context.device")
    device = device if isinstance(device, dict) else EMPTY
    system = at(event, "context.os.name")
    ident = device.get("id") or event.get("anonymousId")
    data = {
        "app_tracking_transparency": {"att": device.get("attTrackingStatus") == ALLOWED},
        "device_ua": "",
        "device_ver": _version(device, event),
        "device_ids": _ids(system, ident, device),
        "event_name": name,
        "event_data": properties_of(event),
    }
    version = at(event, "context.os.version")
    if version is not None:
        data["os_version"] = version
    body = {"action": "event", "kochava_app_id": call.settings.get("apiKey"), "kochava_device_id": ident}
    return call.request("event", event, body | {"data": data | call.map("data", event)})


def _version(device, event):
    parts = [device.get("model"), at(event, "context.os.name"), at(event, "context.os.version")]
    return "-".join(map(text, parts)) if all(parts) else ""


def _ids(system, ident, device):
    advertising = device.get("advertisingId") or ""
    made = {"idfa": "", "idfv": "", "adid": "", "android_id": ""}
    if is_apple(system):
        made |= {"idfa": advertising, "idfv": ident or ""}
    elif is_android(system):
        made |= {"adid": advertising, "android_id": ident or ""}
    return made
