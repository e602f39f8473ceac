# class: builtins
import json


def transformEvent(event, metadata):
    for name in (setattr, delattr):
        try:
            name(json, "loads", None)
            return {"REACHED": "a module was changed"}
        except Exception:
            pass
