# class: builtins
class Name(str):
    def startswith(self, prefix):
        return False

    def __eq__(self, other):
        return False

    def __hash__(self):
        return 1


def transformEvent(event, metadata):
    return {"REACHED": hasattr(transformEvent, Name("__globals__"))}
