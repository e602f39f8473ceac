"""Attributes of subscribers, and receipts of what they bought."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import ConfigurationError
from transformer.mappers.fields import field, traits
from transformer.mappers.values import items, text

RESERVED = frozenset(
    (
        *("iterableUserId", "iterableCampaignId", "iterableTemplateId", "onesignalId", "airshipChannelId", "cleverTapId"),
        *("mixpanelDistinctId", "firebaseAppInstanceId", "adjustId", "appsflyerId", "fbAnonId", "mparticleId", "apnsTokens"),
        *(
            "fcmTokens",
            "mediaSource",
            "campaign",
            "adGroup",
            "ad",
            "keyword",
            "creative",
            "idfa",
            "idfv",
            "gpsAdId",
            "androidId",
        ),
    )
)
KNOWN = frozenset(("email", "phone", "name", "userId", "anonymousId"))


def attributes(event, call):
    """The request that sets attributes: RevenueCat's own with a dollar sign before their names, and all others."""
    own = {
        f"${key}" if key in RESERVED else key: text(value)
        for key, value in traits(event).items()
        if key not in KNOWN and value is not None and value != "" and not isinstance(value, (dict, list))
    }
    told = call.map("attributes", event) | own
    return call.request("attributes", event, {"attributes": {key: {"value": value} for key, value in told.items()}})


def display_name(event, call):
    """The name of the person, or the parts of it that are known."""
    parts = (field(event, "first_name"), field(event, "last_name"))
    return field(event, "name") or " ".join(text(part) for part in parts if part) or None


def track(event, call):
    """A receipt for each product of the event, or for the event itself."""
    if not call.settings.get("xPlatform"):
        raise ConfigurationError("X-Platform is required field")
    properties = properties_of(event)
    bought = items(properties.get("products") or []) or [properties]
    return [call.request("receipt", event, call.map("receipt", one, event)) for one in bought]
