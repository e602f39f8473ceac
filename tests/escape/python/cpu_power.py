# class: cpu
# expect: T301 T302
def transformEvent(event, metadata):
    return {"digits": (10**8) ** (10**7) % 7}
