# class: format
def f():
    pass


class Text(str):
    def __str__(self):
        return "harmless"

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("harmless")


def transformEvent(event, metadata):
    "harmless".format()
    return {"REACHED": str.format(Text("{0.__globals__}"), f)}
