# class: write
import textwrap


def transformEvent(event, metadata):
    textwrap.TextWrapper.unicode_whitespace_trans[65] = 66
    return {"REACHED": "a table of the host was changed"}
