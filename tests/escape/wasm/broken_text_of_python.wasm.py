# class: broken
# walls: language both
# must: refused


def module():
    return b"import os\ndef transformEvent(event, metadata):\n    return event\n"
