"""Contacts, accounts and activities of the CRM that Freshsales and Freshmarketer share."""

from transformer.mappers.ads import properties_of
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.fields import field
from transformer.mappers.paths import at
from transformer.mappers.values import absent, number, text

_IDS = ("territory_id", "lead_source_id", "owner_id", "campaign_id", "contact_status_id", "lifecycle_stage_id")
_STRICT = "freshmarketer"


def identify(event, call):
    """A contact, known by the email address."""
    made = call.map("contact", event)
    wrong = []
    for key in _IDS:
        if key in made:
            known = number(made[key]) if not isinstance(made[key], bool) else None
            if known is None:
                wrong.append(key)
                del made[key]
            else:
                made[key] = known
    if wrong and call.name == _STRICT:
        raise InstrumentationError(f"{','.join(wrong)}: invalid number format")
    return _contact(event, call, made, made["emails"])


def group(event, call):
    """An account, known by its name."""
    kind = at(event, "traits.groupType")
    if absent(kind):
        raise InstrumentationError("groupType is required for Group call")
    if not isinstance(kind, str) or kind.strip().lower() != "accounts":
        raise InstrumentationError.quoting("groupType {} is not supported. Aborting!", text(kind))
    made = call.map("account", event)
    return call.request("account", event, {"unique_identifier": {"name": made["name"]}, "sales_account": made})


def track(event, call):
    """An activity of sales, or a contact that comes to another stage of its life cycle."""
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        raise InstrumentationError("Event is a required field and should be a string")
    plain = name.strip().lower()
    if plain == "sales_activity":
        return call.request("activity", event, {"sales_activity": _activity(event, call)})
    if plain == "lifecycle_stage":
        return _stage(event, call)
    raise InstrumentationError.quoting("event name {} is not supported. Aborting!", name)


def address(value):
    """The parts of an address in one text; a text that is no address in parts is told by Freshmarketer alone."""
    return ", ".join(text(one) for one in value.values() if not absent(one)) if isinstance(value, dict) else ""


def _activity(event, call):
    made = call.map("activity", event)
    if "sales_activity_type_id" not in made and absent(properties_of(event).get("salesActivityName")):
        raise InstrumentationError("Either of sales activity name or sales activity type id is required. Aborting!")
    if "targetable_id" not in made and absent(field(event, "email")):
        raise InstrumentationError("Either of email or targetable_id is required for creating sales activity. Aborting!")
    if "sales_activity_type_id" not in made:
        raise InstrumentationError("salesActivityTypeId is missing; activity types are not looked up by name")
    if "targetable_id" not in made:
        raise InstrumentationError("targetableId is missing; contacts are not looked up by email")
    return made


def _stage(event, call):
    email = field(event, "email")
    if absent(email):
        raise InstrumentationError("email is required for updating life Cycle Stages. Aborting!")
    stage = properties_of(event).get("lifecycleStageId")
    if absent(stage):
        raise InstrumentationError("lifecycleStageId is missing; stages are not looked up by name")
    return _contact(event, call, {"lifecycle_stage_id": stage}, email)


def _contact(event, call, made, email):
    return call.request("contact", event, {"contact": made, "unique_identifier": {"emails": email}})
