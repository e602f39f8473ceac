# class: frame
def transformEvent(event, metadata):
    try:
        1 / 0
    except ZeroDivisionError as wrong:
        return {"REACHED": str(ValueError().with_traceback(wrong.__traceback__))}
