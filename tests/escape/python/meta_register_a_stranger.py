# class: meta
import collections.abc


def transformEvent(event, metadata):
    collections.abc.Mapping.register(int)
    return {"REACHED": isinstance(1, collections.abc.Mapping)}
