"""Adjustments of conversions at Google Ads, and the people behind them as Google wants them told."""

from transformer.mappers.ads import access_token, is_hash, lowered
from transformer.mappers.batching import by_limits
from transformer.mappers.emails import EMAIL
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.values import digits, items, sha256, text

MISSING = (
    "Failed to get access token for authentication. This might be a platform issue. "
    "Please contact RudderStack support for assistance."
)
NOBODY = (
    "Any of email, phone, firstName, lastName, city, street, countryCode, postalCode or streetAddress is required in traits."
)
GMAIL = frozenset({"gmail.com", "googlemail.com"})
HASHED = {"firstName": "hashedFirstName", "lastName": "hashedLastName", "streetAddress": "hashedStreetAddress"}
PLAIN = ("state", "city", "countryCode", "postalCode")


def track(event, call):
    """One adjustment of one conversion."""
    settings = call.settings
    name = event.get("event")
    if name is None or name not in [one.get("conversions") for one in items(settings.get("listOfConversions") or [])]:
        raise ConfigurationError.quoting(
            'Conversion named "{}" was not specified in the RudderStack destination configuration', text(name or "")
        )
    if settings.get("subAccount") and not settings.get("loginCustomerId"):
        raise ConfigurationError("loginCustomerId is required as subAccount is true.")
    adjustment = call.map("adjustment", event)
    kind = settings.get("adjustmentType") or "ENHANCEMENT"
    if kind == "ENHANCEMENT":
        people = identifiers(call.map("person", event), settings.get("requireHash", True))
        if not people:
            raise InstrumentationError(NOBODY)
        adjustment["userIdentifiers"] = people
    else:
        adjustment.pop("userAgent", None)
    if kind == "RETRACTION":
        adjustment.pop("restatementValue", None)
    adjustment["adjustmentType"] = kind
    token = access_token(call.metadata, MISSING)
    made = call.request("adjustment", event, {"conversionAdjustments": [adjustment], "partialFailure": True})
    made["headers"] = headers(token, settings)
    made["params"] = {"accessToken": token, "event": name} | accounts(settings)
    return made


def accounts(settings):
    """The accounts, as parameters of a request."""
    made = {"customerId": account(settings.get("customerId")), "subAccount": settings.get("subAccount") or False}
    if settings.get("loginCustomerId"):
        made["loginCustomerId"] = account(settings["loginCustomerId"])
    return made


def headers(token, settings):
    """The headers of a request with this token."""
    made = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if settings.get("subAccount"):
        made["login-customer-id"] = account(settings.get("loginCustomerId"))
    return made


def account(value):
    """The id of an account without the dashes that Google Ads shows; a template stays as it is."""
    known = text(value) if value is not None else ""
    return known if "{{" in known else known.replace("-", "")


def identifiers(person, is_clear):
    """A person as a list of identifiers: email, phone, address. What is no email address is left out."""
    made = []
    if (email := email_of(person.get("email"), is_clear)) is not None:
        made.append({"hashedEmail": email})
    if (phone := phone_of(person.get("phone"), is_clear)) is not None:
        made.append({"hashedPhoneNumber": phone})
    address = {key: text(person[key]).strip() for key in PLAIN if key in person}
    for name, key in HASHED.items():
        if name in person:
            address[key] = sha256(lowered(person[name])) if is_clear and not is_hash(person[name]) else text(person[name])
    if address:
        made.append({"addressInfo": address})
    return made


def email_of(value, is_clear):
    """The hash of an email address; without points and suffixes where Google's mail ignores them. None if it is none."""
    if value is None or not is_clear or is_hash(value):
        return value
    known = lowered(value)
    if not EMAIL.fullmatch(known):
        return None
    name, _, host = known.rpartition("@")
    if host in GMAIL:
        known = f"{name.partition('+')[0].replace('.', '')}@{host}"
    return sha256(known)


def phone_of(value, is_clear):
    """The hash of a phone number, as E.164 writes it. None if it has no digits."""
    if value is None or not is_clear or is_hash(value):
        return value
    known = digits(value)
    return sha256(f"+{known}") if known else None


def batches(jobs, call):
    """Adjustments of the same conversion in one request."""
    groups = by_limits(jobs, {"events": 2000, "list": "conversionAdjustments"})
    for group in groups:
        group.request = group.request | {"endpointPath": "/uploadConversionAdjustments"}
    return groups
