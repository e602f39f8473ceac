# class: info
def transformEvent(event, metadata):
    numbers = []
    for thing in (transformEvent, object(), (log,), [].append, frozenset([metadata])):
        try:
            numbers.append(hash(thing))
        except Exception as wrong:
            numbers.append(str(wrong))
    return {"numbers": numbers}
