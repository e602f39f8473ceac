# class: control
# expect: T301
class Slow:
    def __eq__(self, other):
        while True:
            pass

    def __hash__(self):
        return 1


def transformEvent(event, metadata):
    return {"found": 1 in {Slow(): 1}}
