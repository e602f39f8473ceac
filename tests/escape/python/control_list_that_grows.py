# class: control
class Growing(list):
    def __iter__(self):
        while True:
            yield {}


def transformEvent(event, metadata):
    return Growing([{}])
