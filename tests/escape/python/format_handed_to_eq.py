# class: format
class Curious:
    def __eq__(self, other):
        found.append(other)
        return True

    def __init__(self):
        self.format = self


found = []


def f():
    pass


def transformEvent(event, metadata):
    Curious().format
    return {"REACHED": found[0]("{0.__globals__}", f)} if found else None
