# class: process
import gc


def _texts(thing):
    if isinstance(thing, dict):
        return [each for pair in thing.items() for each in pair if isinstance(each, str)]
    return [each for each in thing if isinstance(each, str)] if isinstance(thing, (list, tuple, set)) else []


def transformEvent(event, metadata):
    found = {text for thing in gc.get_objects() for text in _texts(thing) if "canary-" in text}
    return {"found": sorted(found)}
