# class: cpu
# expect: T301 T208
while True:
    pass


def transformEvent(event, metadata):
    return event
