"""Removes fields by path or by the name of their key."""


def steps_of(path):
    """The keys of a path; `[]` is a key of its own."""
    return [step for part in path.split(".") for step in (part.replace("[]", "\n[]").split("\n") if "[]" in part else [part]) if step]


def remove(value, steps, at, tidy):
    """Remove what the steps from `at` on lead to."""
    step, last = steps[at], at == len(steps) - 1
    if step == "[]":
        if isinstance(value, list):
            if last:
                value.clear()
            for item in value:
                remove(item, steps, at + 1, tidy)
    elif isinstance(value, dict):
        for key in list(value) if step == "*" else [step] if step in value else []:
            if last:
                del value[key]
                continue
            remove(value[key], steps, at + 1, tidy)
            if tidy and value[key] in ({}, []):
                del value[key]


def remove_keys(value, names, tidy):
    """Remove keys of these names (in lower case) at any depth."""
    if isinstance(value, list):
        for item in value:
            remove_keys(item, names, tidy)
    elif isinstance(value, dict):
        for key in list(value):
            inner = value[key]
            if key.lower() in names:
                del value[key]
            elif isinstance(inner, (dict, list)) and inner:
                remove_keys(inner, names, tidy)
                if tidy and not inner:
                    del value[key]


def drop(event, fields=(), keys=(), drop_empty=False):
    """The event without these fields and keys; it is changed in place."""
    for path in fields:
        remove(event, steps_of(path), 0, drop_empty)
    if keys:
        remove_keys(event, {name.lower() for name in keys}, drop_empty)
    return event


PATHS = [steps_of(path) for path in parameters["fields"]]
KEYS = {name.lower() for name in parameters["keys"]}
TIDY = parameters["drop_empty"]


def transformEvent(event, metadata):
    for steps in PATHS:
        remove(event, steps, 0, TIDY)
    if KEYS:
        remove_keys(event, KEYS, TIDY)
    return event
