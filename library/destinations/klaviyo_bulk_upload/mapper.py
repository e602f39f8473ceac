"""Profiles with properties of their own, and by what a failed one is found again."""

from transformer.mappers.paths import at, without
from transformer.mappers.values import text

KNOWN = (
    *("email", "phone_number", "phone", "first_name", "firstName", "firstname", "last_name", "lastName", "lastname", "title"),
    *("organization", "image", "external_id", "address1", "address2", "city", "country", "latitude", "longitude", "region"),
    *("zip", "timezone", "ip"),
)


def lists(ident):
    """The list that profiles are added to."""
    return [{"type": "list", "id": ident}]


def some(given):
    """The object without nulls and empty texts; nothing where that leaves nothing."""
    if not isinstance(given, dict):
        return None
    return {key: value for key, value in given.items() if value not in (None, "")} or None


def properties(event, call):
    """Traits that Klaviyo has no place of its own for."""
    given = event.get("traits")
    return some(without(given, KNOWN)) if isinstance(given, dict) else None


def job_identifier(event, call):
    """The id of the profile and that of the job."""
    ident = at(event, "context.externalId.0.id")
    job = call.metadata.get("jobId")
    return f"{text(ident)}:{text(job)}" if ident is not None and job is not None else None
