# class: guard
_getattr_ = _getitem_ = _write_ = _getiter_ = _inplacevar_ = lambda *args: "ESCAPED"


def transformEvent(event, metadata):
    return {"a": event["messageId"]}
