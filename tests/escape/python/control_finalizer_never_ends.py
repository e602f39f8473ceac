# class: control
# expect: T301
def stuck():
    try:
        yield 1
    finally:
        while True:
            pass


def transformEvent(event, metadata):
    next(stuck())
    return event
