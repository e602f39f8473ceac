# class: builtins
import json


def transformEvent(event, metadata):
    return {"REACHED": str(super(type(json), json).__init__)}
