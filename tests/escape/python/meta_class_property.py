# class: meta
class Mask:
    @property
    def __class__(self):
        return dict


def transformEvent(event, metadata):
    return {"REACHED": isinstance(Mask(), dict)}
