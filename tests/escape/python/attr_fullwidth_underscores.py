# class: attr
def transformEvent(event, metadata):
    return {"REACHED": str(().＿＿class＿＿.＿＿base＿＿)}
