# class: control
# expect: T206 T204
def transformBatch(events, metadata):
    return [{"messageId": "not of this batch"}]
