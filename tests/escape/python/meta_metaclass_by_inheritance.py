# class: meta
class Meta(type):
    def __call__(cls, *args):
        return "ESCAPED"


def transformEvent(event, metadata):
    return {"returned": str(Meta(event))}
