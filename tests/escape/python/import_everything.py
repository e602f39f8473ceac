# class: import
from json import *


def transformEvent(event, metadata):
    return {"REACHED": str(codecs)}
