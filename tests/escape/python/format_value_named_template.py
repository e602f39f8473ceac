# class: format
def transformEvent(event, metadata):
    return {"shown": "{template}".format(template=1)}
