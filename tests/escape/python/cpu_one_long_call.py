# class: cpu
# expect: T301
def transformEvent(event, metadata):
    return {"sum": sum(range(10**12))}
