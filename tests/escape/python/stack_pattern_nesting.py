# class: stack
import re


def transformEvent(event, metadata):
    return {"x": str(re.compile("(" * 5000 + ")" * 5000))}
