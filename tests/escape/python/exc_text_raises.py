# class: exc
# expect: T201
class Broken(Exception):
    def __str__(self):
        raise SystemExit(3)


def transformEvent(event, metadata):
    raise Broken
