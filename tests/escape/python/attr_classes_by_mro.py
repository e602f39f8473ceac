# class: attr
class A:
    pass


def transformEvent(event, metadata):
    return {"REACHED": str(A.mro()[-1])}
