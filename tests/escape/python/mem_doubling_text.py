# class: mem
# expect: T301 T302
def transformEvent(event, metadata):
    text = "x"
    while True:
        text += text
