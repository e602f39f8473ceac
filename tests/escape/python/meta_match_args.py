# class: meta
class Door:
    __match_args__ = ("__class__",)


def transformEvent(event, metadata):
    match Door():
        case Door(found):
            return {"REACHED": str(found)}
