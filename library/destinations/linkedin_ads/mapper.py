"""Conversions by the rules that the settings name for an event."""

from datetime import timedelta

from transformer.mappers.ads import access_token, at_setting, hashed, mapped_names
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.overrides import external_id
from transformer.mappers.paths import at
from transformer.mappers.timestamps import moment, unix_milliseconds
from transformer.mappers.values import items, number, text

IDS = ("LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "ACXIOM_ID", "ORACLE_MOAT_ID")
AGE = timedelta(days=90)
STEP = "commonFields"


def track(event, call):
    """One request with an element for each rule."""
    when = field(event, "timestamp")
    known = moment(when)
    if known is not None and call.now() - known > AGE:
        raise InstrumentationError("Events must be sent within ninety days of their occurrence.", step=STEP)
    base = {
        "conversionHappenedAt": unix_milliseconds(when),
        "eventId": at_setting(event, call.settings.get("deduplicationKey")) or event.get("messageId"),
        "user": user(event, call),
    }
    if (amount := amount_of(event)) is not None:
        currency = at(event, "properties.currency") or "USD"
        base["conversionValue"] = {"currencyCode": currency, "amount": text(amount)}
    rules = mapped_names(call.settings.get("conversionMapping"), event.get("event") or "")
    if not rules:
        name = event.get("event") or ""
        raise ConfigurationError.quoting(
            "[LinkedIn Conversion API] no matching conversion rule found for {}. Please provide a conversion rule. Aborting",
            text(name),
            step="deduceConversionEventRules",
        )
    made = call.request(
        "conversions", event, {"elements": [base | {"conversion": f"urn:lla:llaPartnerConversion:{rule}"} for rule in rules]}
    )
    token = access_token(call.metadata, "Secret or accessToken is not present in the metadata", step="buildResponse")
    made["headers"] = made["headers"] | {"Authorization": f"Bearer {token}"}
    return made


def user(event, call):
    """Who it was: ids that LinkedIn can match, and a name."""
    ids = []
    email = field(event, "email")
    if email is not None:
        value = hashed(email) if call.settings.get("hashData") else email
        ids.append({"idType": "SHA256_EMAIL", "idValue": value})
    ids += [{"idType": kind, "idValue": known} for kind in IDS if (known := external_id(event, kind))]
    if not ids:
        raise InstrumentationError(
            "[LinkedIn Conversion API] no matching user id found. Please provide at least one of the following: "
            "email, linkedinFirstPartyAdsTrackingUUID, acxiomId, oracleMoatId",
            step=STEP,
        )
    made = {"userIds": ids}
    person = call.map("person", event)
    if "firstName" in person and "lastName" in person:
        made["userInfo"] = person
    return made


def amount_of(event):
    """What it was worth: the sum over products, or the price of the one; None where no price is said."""
    products = at(event, "properties.products")
    priced = items(products) if isinstance(products, list) and products else items(event.get("properties") or [])
    amounts = [price * _times(one) for one in priced if (price := number(one.get("price"))) is not None]
    return sum(amounts) if amounts else None


def _times(product):
    return number(product.get("quantity")) or 1
