# class: format
def f():
    pass


class Text(str):
    walk = str.format


def transformEvent(event, metadata):
    return {"REACHED": Text("{0.__globals__}").walk(f)}
