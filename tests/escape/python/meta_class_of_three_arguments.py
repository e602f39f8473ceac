# class: meta
def transformEvent(event, metadata):
    return {"REACHED": str(type("A", (), {"__getattr__": lambda self, name: name})().anything)}
