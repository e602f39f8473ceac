"""Conversions with the ids that they are found by, and with what is known of the person."""

from itertools import groupby

from destinations.google_adwords_enhanced_conversions import identifiers

from transformer.mappers.ads import access_token, is_hash
from transformer.mappers.batching import by_limits
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.timestamps import unix_microseconds
from transformer.mappers.values import text, url_encode

KINDS = {
    "batchinsert": ("insert", "dfareporting#conversionsBatchInsertRequest"),
    "batchupdate": ("conversion", "dfareporting#conversionsBatchUpdateRequest"),
}
ENCRYPTED = ("encryptedUserId", "encryptedUserIdCandidates")
IDS = (*ENCRYPTED, "matchId", "mobileDeviceId", "gclid", "dclid", "impressionId")
OF_ENCRYPTION = 4
"""What encryption information has when it is whole."""
MICROSECONDS, MILLISECONDS = 16, 13
"""Digits of a time."""
TITLE = "[CAMPAIGN MANAGER (DCM)]:"


def track(event, call):
    """One conversion, inserted or amended."""
    kind = event["properties"]["requestType"]
    mapping, title = KINDS[kind]
    token = access_token(call.metadata, "The data plane sent no token of Google with the event")
    profile = event["properties"].get("profileId") or call.settings.get("profileId")
    if not profile:
        raise ConfigurationError("No user profile is named, by the settings or the event")
    conversion = call.map(mapping, event)
    body = {"kind": title} | _encryption(conversion, event, call)
    if kind == "batchupdate" and call.settings.get("enableEnhancedConversions"):
        known = _person(event, call)
        if known:
            conversion["userIdentifiers"] = known
    made = call.request("conversions", event, body | {"conversions": [conversion]})
    made["endpoint"] += f"{url_encode(profile)}/conversions/{kind}"
    made["headers"]["Authorization"] = f"Bearer {text(token)}"
    return made


def _encryption(conversion, event, call):
    """What tells how encrypted ids are to be read, where there are any. Refuses a conversion that has no id at all."""
    if any(key in conversion for key in ENCRYPTED):
        known = call.map("encryption", event)
        if len(known) < OF_ENCRYPTION:
            raise InstrumentationError(
                f"{TITLE} If encryptedUserId or encryptedUserIdCandidates is used, provide proper values for "
                "properties.encryptionEntityType , properties.encryptionSource and properties.encryptionEntityId"
            )
        return {"encryptionInfo": known}
    if not any(key in conversion for key in IDS):
        raise InstrumentationError(
            f"{TITLE} Atleast one of encryptedUserId,encryptedUserIdCandidates, "
            "matchId, mobileDeviceId, gclid, dclid, impressionId."
        )
    return {}


def _person(event, call):
    person = call.map("person", event)
    clear = bool(call.settings.get("isHashingRequired"))
    phone = person.get("phone")
    if clear and phone and not is_hash(phone) and not phone.strip().startswith("+"):
        if "countryCode" not in person:
            raise InstrumentationError("Invalid phone number with error: ParseError: INVALID_COUNTRY")
        del person["phone"]
    return identifiers(person, clear)


def microseconds(value):
    """A time as the text of its microseconds: one that is so many already, or milliseconds, or any that can be read."""
    spelled = text(value).strip()
    if spelled.isdecimal() and len(spelled) in {MICROSECONDS, MILLISECONDS}:
        return spelled if len(spelled) == MICROSECONDS else f"{spelled}000"
    known = unix_microseconds(value)
    return None if known is None else str(known)


def batches(jobs, call):
    """Conversions of the same kind and encryption that follow each other, together."""
    limits = call.functions["BATCHING"] | {"list": "conversions"}
    groups = []
    for _, some in groupby(jobs, key=_alike):
        groups += by_limits(list(some), limits)
    return groups


def _alike(job):
    request = job.requests[0]
    encryption = at(request, "body.JSON.encryptionInfo") or {}
    return request["endpoint"], sorted((key, text(value)) for key, value in encryption.items())
