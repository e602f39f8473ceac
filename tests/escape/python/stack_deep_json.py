# class: stack
# expect: T201
import json


def transformEvent(event, metadata):
    return {"x": json.loads("[" * 1_000_000)}
