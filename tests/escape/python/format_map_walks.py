# class: format
def f():
    pass


def transformEvent(event, metadata):
    return {"REACHED": "{f.__globals__}".format_map({"f": f})}
