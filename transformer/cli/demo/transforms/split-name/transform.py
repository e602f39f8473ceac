"""Splits traits.name into traits.firstName and traits.lastName, for tools that want them apart."""


def transformEvent(event, metadata):
    traits = event.get("traits")
    if event.get("type") != "identify" or not traits or "name" not in traits:
        return event
    name = traits["name"]
    if not isinstance(name, str) or not name.strip():
        raise Invalid("traits.name must be a text")
    first, *rest = name.split()
    traits["firstName"] = first
    traits["lastName"] = " ".join(rest)
    return event
