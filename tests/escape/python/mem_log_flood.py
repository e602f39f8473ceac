# class: mem
# expect: T301
def transformEvent(event, metadata):
    for i in range(10**9):
        log("x" * 10_000)
