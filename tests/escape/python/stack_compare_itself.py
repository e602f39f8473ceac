# class: stack
# expect: T201
def transformEvent(event, metadata):
    a = []
    a.append(a)
    b = []
    b.append(b)
    return {"same": a == b}
