# class: stack
# expect: T201
class Nest:
    def __repr__(self):
        return repr([self])


def transformEvent(event, metadata):
    return {"x": repr(Nest())}
