# class: control
# expect: T201
class Mine(BaseException):
    pass


def transformEvent(event, metadata):
    raise Mine("bye")
