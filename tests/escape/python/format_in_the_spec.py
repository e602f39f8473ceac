# class: format
def f():
    pass


def transformEvent(event, metadata):
    return {"REACHED": "{0:{1.__class__}}".format(3, f)}
