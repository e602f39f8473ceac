# class: process
import sys


def transformEvent(event, metadata):
    told = []
    frame = sys._getframe()
    while frame:
        told.append(repr(frame.f_locals)[:10_000])
        frame = frame.f_back
    return {"found": [text for text in told if "canary-env" in text or "canary-workspace" in text or "canary-file" in text]}
