# class: builtins
def f():
    pass


def transformEvent(event, metadata):
    return {"REACHED": str(sorted([f], key=lambda f: getattr(f, "__globals__")))}
