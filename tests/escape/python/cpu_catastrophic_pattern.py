# class: cpu
# expect: T301
import re


def transformEvent(event, metadata):
    return {"found": bool(re.match(r"(\w+\s?)+$", "word " * 12 + "!" * 3))}
