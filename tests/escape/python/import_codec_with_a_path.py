# class: import
def transformEvent(event, metadata):
    return {"returned": b"x".decode("../../../../etc/passwd")}
