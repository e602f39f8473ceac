# class: meta
class Bag:
    __slots__ = ("__dict__",)


def transformEvent(event, metadata):
    return {"REACHED": str(Bag.__dict__)}
