# class: exc
# expect: T301
class Slow(Exception):
    def __str__(self):
        while True:
            pass


def transformEvent(event, metadata):
    raise Slow
