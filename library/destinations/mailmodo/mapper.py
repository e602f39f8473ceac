"""Contacts with what is known of them."""

from transformer.mappers.batching import Group, by_limits
from transformer.mappers.fields import field, traits
from transformer.mappers.paths import without

KNOWN = (
    *("email", "firstName", "firstname", "lastName", "lastname", "address", "city", "state", "country", "postalCode", "title"),
    *("userId", "anonymousId"),
)


def data(event, call):
    """A contact's data: Mailmodo's own by their names, and all other traits."""
    own = {key: value for key, value in without(traits(event), KNOWN).items() if value is not None and value != ""}
    return (own | call.map("data", event)) or None


def street(event, call):
    """The street of an address, or the address where it is a text."""
    given = field(event, "address")
    return given.get("street") if isinstance(given, dict) else given


def batches(jobs, call):
    """Contacts of a list together; then each event by itself."""
    contacts = [job for job in jobs if "values" in job.requests[0]["body"]["JSON"]]
    events = [job for job in jobs if "values" not in job.requests[0]["body"]["JSON"]]
    alone = [Group(job.requests[0], [job], batched=False) for job in events]
    return [*by_limits(contacts, call.functions["BATCHING"]), *alone]
