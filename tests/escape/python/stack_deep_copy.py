# class: stack
# expect: T201
import copy


def transformEvent(event, metadata):
    x = []
    for _ in range(100_000):
        x = [x]
    return {"x": len(copy.deepcopy(x))}
