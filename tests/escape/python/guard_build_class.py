# class: guard
def __build_class__(*args):
    return None


def transformEvent(event, metadata):
    return {"REACHED": "class statement"}
