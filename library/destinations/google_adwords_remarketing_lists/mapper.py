"""People as members of a customer list: for the Data Manager API, and for the Google Ads API before it."""

import re

from transformer.mappers.ads import access_token, is_hash, lowered, properties_of
from transformer.mappers.batching import Group, by_limits
from transformer.mappers.emails import EMAIL
from transformer.mappers.envelope import request
from transformer.mappers.errors import ConfigurationError, InstrumentationError
from transformer.mappers.paths import at
from transformer.mappers.records import action_of, action_rank, audience_of, bare, fields_of, settings_of
from transformer.mappers.values import absent, items, json_text, sha256, text

__all__ = ["action_rank", "audience", "batches", "row"]

_NAME = "GOOGLE_ADWORDS_REMARKETING_LISTS"
_NO_ACCESS = (
    "Failed to get access token for authentication. This might be a platform issue. "
    "Please contact RudderStack support for assistance."
)
_NO_PEOPLE = "Neither 'add' nor 'remove' property is present inside 'listData' or there are no "
_MOST = 10_000
_PHONE = re.compile(r"\+\d{7,15}")
_NEEDLESS = re.compile(r"[\s().-]+")
_CONSENTS = {"GRANTED": "CONSENT_GRANTED", "DENIED": "CONSENT_DENIED"}
_IDS = {"userID": "thirdPartyUserId", "mobileDeviceID": "mobileId"}
_HASHED = ("email", "phone", "firstName", "lastName")


def audience(event, call):
    """People who come to a list, and people who leave it."""
    properties = properties_of(event)
    if not properties:
        raise InstrumentationError("Message properties is not present. Aborting message.")
    lists = properties.get("listData")
    if not isinstance(lists, dict):
        raise InstrumentationError("listData is not present inside properties. Aborting message.")
    settings, modern = call.settings, _is_modern(call)
    partial = properties.get("enablePartialFailure")
    made = []
    for action in ("add", "remove") if modern else [key for key in lists if key in {"add", "remove"}]:
        members = [one for given in items(lists.get(action)) if (one := _member(given, settings, modern))]
        made += [
            _sent(members[start : start + _MOST], action, event, call, settings, modern, partial)
            for start in range(0, len(members), _MOST)
        ]
    if not made:
        what = (
            "valid audience members"
            if modern
            else "attributes inside 'add' or 'remove' properties matching with the schema fields"
        )
        raise InstrumentationError(f"{_NO_PEOPLE}{what}. Aborting message.")
    return made


@bare
def row(event, call):
    """A row of a table as a person who comes, or leaves."""
    action = "remove" if action_of(event) == "delete" else "add"
    settings, modern = settings_of(call.settings, call.connection), _is_modern(call)
    member = _member(fields_of(event), settings, modern)
    if not member:
        raise InstrumentationError("Event has no valid identifiers")
    return _sent([member], action, event, call, settings, modern, None)


def batches(jobs, call):
    """Rows with the same action on the same list together."""
    groups, rows = [], {}
    for job in jobs:
        rank = action_rank(job.event)
        if rank < 0:
            groups.append(Group(job.requests, [job], batched=False))
        else:
            rows.setdefault((rank, _about(job.requests[0])), []).append(job)
    for alike in rows.values():
        key = "audienceMembers" if "audienceMembers" in alike[0].requests[0]["body"]["JSON"] else "operations"
        groups += [Group([one.request], one.jobs) for one in by_limits(alike, {"events": _MOST, "list": key})]
    return groups


def _about(made):
    body = made["body"]["JSON"]
    return json_text([made["params"], body.get("destinations"), body.get("consent")])


def _is_modern(call):
    account = at(call.destination, "deliveryAccount.accountDefinitionName")
    return isinstance(account, str) and account.endswith("_DM_OAUTH")


def _member(given, settings, modern):
    """What a list knows one person by, in the words of one of the APIs; None where nothing is left of it."""
    kind = _IDS.get(settings.get("typeOfList"))
    if kind:
        known = given.get(kind)
        if absent(known) or isinstance(known, (dict, list)):
            return None
        if not modern:
            return [{kind: known}]
        return {"userIdData": {"userId": known}} if kind == "thirdPartyUserId" else {"mobileData": {"mobileIds": [known]}}
    told = _identifiers(given, settings, modern)
    return (({"userData": {"userIdentifiers": told}}) if modern else told) if told else None


def _identifiers(given, settings, modern):
    hashing = settings.get("isHashRequired", True)
    if hashing:
        _check_plain(given)
    schema = settings.get("userSchema")
    wanted = schema if isinstance(schema, list) and schema else ("email", "phone", "addressInfo")
    made = []
    for field, clean, old, new in (
        ("email", _email, "hashedEmail", "emailAddress"),
        ("phone", _phone, "hashedPhoneNumber", "phoneNumber"),
    ):
        if field in wanted and (known := _told(given.get(field), clean, hashing)):
            made.append({new if modern else old: known})
    if "addressInfo" in wanted and (address := _address(given, hashing, modern)):
        made.append({"addressInfo": address})
    return made


def _address(given, hashing, modern):
    """A name with country and postal code: the Data Manager API takes them as a whole only."""
    first, last = (_told(given.get(name), lowered, hashing) for name in ("firstName", "lastName"))
    country, code = (None if absent(given.get(name)) else given[name] for name in ("country", "postalCode"))
    if modern:
        made = {"givenName": first, "familyName": last, "regionCode": country, "postalCode": code}
        return made if all(made.values()) else None
    made = {"hashedFirstName": first, "hashedLastName": last, "countryCode": country, "postalCode": code}
    return {key: one for key, one in made.items() if one is not None}


def _told(value, clean, hashing):
    if absent(value) or isinstance(value, (dict, list, bool)):
        return None
    if not hashing:
        return value
    cleaned = clean(value)
    return sha256(cleaned) if cleaned else None


def _email(value):
    cleaned = lowered(value)
    return cleaned if EMAIL.fullmatch(cleaned) else None


def _phone(value):
    cleaned = _NEEDLESS.sub("", text(value))
    cleaned = cleaned if cleaned.startswith("+") else f"+{cleaned}"
    return cleaned if _PHONE.fullmatch(cleaned) else None


def _check_plain(given):
    for field in _HASHED:
        if is_hash(given.get(field)):
            raise InstrumentationError(
                f"Hashing is enabled but the value for field {field} appears to already be hashed. "
                "Either disable hashing or send unhashed data."
            )


def _sent(members, action, event, call, settings, modern, partial):
    customer = _account(settings.get("customerId"))
    at_list = audience_of(event, _NAME, settings)
    if absent(at_list):
        raise ConfigurationError("audienceId names no list")
    token = access_token(call.metadata, _NO_ACCESS)
    headers = {"Authorization": f"Bearer {text(token)}", "Content-Type": "application/json"}
    manager = None
    if settings.get("subAccount"):
        manager = _account(settings.get("loginCustomerId"))
        if not manager:
            raise ConfigurationError("loginCustomerId is required as subAccount is true.")
        headers["login-customer-id"] = manager
    if modern:
        return _modern(members, action, settings, headers, customer, manager, at_list)
    consent = {
        "adPersonalization": settings.get("personalizationConsent") or "UNSPECIFIED",
        "adUserData": settings.get("userDataConsent") or "UNSPECIFIED",
    }
    verb = "create" if action == "add" else "remove"
    body = {"operations": [{verb: {"userIdentifiers": one}} for one in members]}
    if partial is not None:
        body["enablePartialFailure"] = partial
    return request(
        f"https://googleads.googleapis.com/v23/customers/{customer}/offlineUserDataJobs",
        body,
        headers=headers,
        params={"listId": at_list, "customerId": customer, "consent": consent},
        path="offlineUserDataJobs",
    )


def _modern(members, action, settings, headers, customer, manager, at_list):
    consent = {
        "adPersonalization": _consent(settings.get("personalizationConsent")),
        "adUserData": _consent(settings.get("userDataConsent")),
    }
    target = {"operatingAccount": {"accountId": customer, "accountType": "GOOGLE_ADS"}, "productDestinationId": at_list}
    if manager:
        target["loginAccount"] = {"accountId": manager, "accountType": "GOOGLE_ADS"}
    body = {
        "destinations": [target],
        "audienceMembers": [{"consent": consent} | one for one in members],
        "encoding": "HEX",
    }
    if action == "add":
        body |= {"consent": consent, "termsOfService": {"customerMatchTermsOfServiceStatus": "ACCEPTED"}}
    path = f"/v1/audienceMembers:{'ingest' if action == 'add' else 'remove'}"
    return request(f"https://datamanager.googleapis.com{path}", body, headers=headers, path=path)


def _consent(given):
    return _CONSENTS.get(given, "CONSENT_STATUS_UNSPECIFIED") if isinstance(given, str) else "CONSENT_STATUS_UNSPECIFIED"


def _account(given):
    return "" if absent(given) else text(given).replace("-", "")
