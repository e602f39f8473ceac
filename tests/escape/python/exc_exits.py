# class: control
# expect: T201
def transformEvent(event, metadata):
    raise SystemExit(0)
