"""Conversions after a click or a call, and sales in shops, as Google Ads takes them."""

from destinations.google_adwords_enhanced_conversions import MISSING, account, email_of, headers, phone_of

from transformer.mappers.ads import access_token, mapped_names
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at, first
from transformer.mappers.timestamps import date
from transformer.mappers.values import number, text

API = "https://googleads.googleapis.com/v23/customers"
CONSENTS = {"adUserData": "userDataConsent", "adPersonalization": "personalizationConsent"}
ANSWERS = ("UNSPECIFIED", "UNKNOWN", "GRANTED", "DENIED")


def track(event, call):
    """A request for each kind of conversion that the settings make of an event."""
    name = event.get("event")
    if not name:
        raise InstrumentationError("Event name is not present")
    settings = call.settings
    kinds = mapped_names(settings.get("eventsToOfflineConversionsTypeMapping"), name)
    actions = mapped_names(settings.get("eventsToConversionsNamesMapping"), name)
    if not kinds or not actions:
        raise ConfigurationError.quoting("Event name '{}' is not present in the mapping provided in the dashboard.", text(name))
    if settings.get("subAccount") and not settings.get("loginCustomerId"):
        raise ConfigurationError("the setting loginCustomerId is needed where subAccount is on")
    token = access_token(call.metadata, MISSING)
    return [KINDS[kind](event, call, actions[0], token) for kind in kinds if kind in KINDS]


def click(event, call, action, token):
    """A conversion after a click."""
    conversion = call.map("click", event) | {"consent": consent(event, call)}
    if people := identifiers(event, call):
        conversion["userIdentifiers"] = people
    elif not any(key in conversion for key in ("gclid", "gbraid", "wbraid")):
        raise InstrumentationError("the event names nobody: an email address or a phone number is needed")
    return _upload(event, call, action, token, "uploadClickConversions", conversion)


def phone_call(event, call, action, token):
    """A conversion after a call."""
    conversion = call.map("call", event) | {"consent": consent(event, call)}
    for key, path in (("callerId", "properties.callerId"), ("callStartDateTime", "properties.callStartDateTime")):
        if key not in conversion:
            raise InstrumentationError(f'Missing required value from "{path}"')
    return _upload(event, call, action, token, "uploadCallConversions", conversion)


def _upload(event, call, action, token, where, conversion):
    body = {"conversions": [conversion], "partialFailure": True}
    return _request(event, call, action, token, where, body)


def store(event, call, action, token):
    """A sale in a shop: a job for Google, its one operation, and its start."""
    settings = call.settings
    sale = call.map("store", event)
    people = identifiers(event, call)
    if not people:
        raise InstrumentationError("the event names nobody: an email address or a phone number is needed")
    only_tried = bool(settings.get("validateOnly"))
    metadata = {
        "loyaltyFraction": first(event, "properties.loyaltyFraction") or 1,
        "transaction_upload_fraction": first(event, "properties.transactionUploadFraction") or 1,
    }
    body = {
        "event": action,
        "isStoreConversion": True,
        "createJobPayload": {"job": {"type": "STORE_SALES_UPLOAD_FIRST_PARTY", "storeSalesMetadata": metadata}},
        "addConversionPayload": {
            "operations": {
                "create": {"transaction_attribute": sale, "userIdentifiers": people, "consent": consent(event, call)},
            },
            "enable_partial_failure": False,
            "enable_warnings": False,
            "validate_only": only_tried,
        },
        "executeJobPayload": {"validate_only": only_tried},
    }
    return _request(event, call, action, token, "offlineUserDataJobs", body)


def _request(event, call, action, token, where, body):
    settings = call.settings
    params = {"event": action, "customerId": account(settings.get("customerId"))}
    if settings.get("customVariables") and where == "uploadClickConversions":
        params |= {"customVariables": settings["customVariables"], "properties": event.get("properties") or {}}
    endpoint = f"{API}/{params['customerId']}{'/' if where == 'offlineUserDataJobs' else ':'}{where}"
    return request(endpoint, body, headers=headers(token, settings), params=params)


def identifiers(event, call):
    """The person by email or phone: the preferred one, or else the other."""
    settings = call.settings
    is_clear = settings.get("hashUserIdentifier", True)
    known = {
        "email": ("hashedEmail", email_of(field(event, "email"), is_clear)),
        "phone": ("hashedPhoneNumber", phone_of(field(event, "phone"), is_clear)),
    }
    order = ("phone", "email") if settings.get("defaultUserIdentifier") == "phone" else ("email", "phone")
    for kind in order:
        key, value = known[kind]
        if value is not None:
            source = at(event, "properties.userIdentifierSource") or settings.get("UserIdentifierSource")
            return [({"userIdentifierSource": source} if source and source != "none" else {}) | {key: value}]
    return []


def consent(event, call):
    """What the user agreed to: as the event says for Google, or as the settings say of all."""
    said = call.options(event).get("consents")
    said = said if isinstance(said, dict) else {}
    return {
        key: next((one for one in (said.get(key), call.settings.get(setting)) if one in ANSWERS), "UNSPECIFIED")
        for key, setting in CONSENTS.items()
    }


def environment(event, call):
    """Where conversions happen that do not say so."""
    said = call.settings.get("conversionEnvironment")
    return None if said == "none" else said


def happened(event, call):
    """When the event happened, as Google writes it."""
    return date(field(event, "timestamp"), "%Y-%m-%d %H:%M:%S+00:00")


def micros(value):
    """An amount in millionths."""
    known = number(value)
    return None if known is None else text(round(known * 1_000_000))


KINDS = {"click": click, "call": phone_call, "store": store}
