"""Topsort: events in three lists."""

from transformer.mappers.ads import mapped_names, properties_of
from transformer.mappers.batching import Group
from transformer.mappers.envelope import request
from transformer.mappers.errors import InstrumentationError
from transformer.mappers.values import absent, items

_KINDS = ("impressions", "clicks", "purchases")
_MOST = 50
# Events that are about several products.
_OF_PRODUCTS = frozenset(
    {"cart viewed", "checkout started", "order updated", "order completed", "order refunded", "order cancelled"}
    | {"product list viewed", "product list filtered"}
)


def track(event, call):
    """What somebody saw, clicked or bought, as the settings say."""
    name = event.get("event")
    if absent(name):
        raise InstrumentationError("A track event for Topsort needs a name")
    kinds = [kind for kind in mapped_names(call.settings.get("topsortEvents"), name) if kind in _KINDS]
    if not kinds:
        raise InstrumentationError("The settings do not say whether this event is an impression, a click or a purchase")
    properties = properties_of(event)
    several = items(properties.get("products") or []) if str(name).strip().lower() in _OF_PRODUCTS else []
    products = several or [properties]
    made = call.map("event", event)
    body = {kind: [] for kind in _KINDS}
    for kind in dict.fromkeys(kinds):
        if kind == "purchases":
            body[kind].append({**made, "items": [call.map("item", product, event) for product in products]})
            continue
        for number, product in enumerate(products):
            own = {**made, "placement": call.map("placement", product, event)}
            if number:
                own["id"] = f"{made['id']}-{number}"
            body[kind].append(own)
    headers = {"content-type": "application/json", "Authorization": f"Bearer {call.settings['apiKey']}"}
    return request("https://api.topsort.com/v2/events", body, headers=headers)


def batches(jobs, call):
    """Events of all kinds together, as many of each as Topsort takes."""
    groups, gathered = [], {}
    for job in jobs:
        body = job.requests[0]["body"]["JSON"]
        if not groups or any(len(gathered[kind]) + len(body[kind]) > _MOST for kind in _KINDS):
            gathered = {kind: [] for kind in _KINDS}
            made = job.requests[0]
            groups.append(Group(made | {"body": made["body"] | {"JSON": gathered}}, []))
        for kind in _KINDS:
            gathered[kind] += body[kind]
        groups[-1].jobs.append(job)
    return groups
