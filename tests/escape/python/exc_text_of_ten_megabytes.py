# class: exc
# expect: T201
class Long(Exception):
    def __str__(self):
        return "x" * 10_000_000


def transformEvent(event, metadata):
    raise Long
