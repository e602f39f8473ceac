# class: exc
def transformEvent(event, metadata):
    try:
        try:
            {}["a"]
        finally:
            1 / 0
    except ZeroDivisionError as wrong:
        return {"REACHED": str(wrong.__context__.__traceback__)}
