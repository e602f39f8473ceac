# class: meta
class Spy:
    def __get__(self, thing, owner):
        return owner


class Bag:
    spy = Spy()


def transformEvent(event, metadata):
    return {"REACHED": str(Bag().spy)}
