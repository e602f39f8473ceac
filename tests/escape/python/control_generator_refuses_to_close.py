# class: control
def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


def transformEvent(event, metadata):
    it = stubborn()
    next(it)
    it.close()
