# class: meta
class Base:
    def __init_subclass__(cls, **options):
        cls.seen = options


class Child(Base, a=1):
    pass


def transformEvent(event, metadata):
    return {"REACHED": Child.seen}
