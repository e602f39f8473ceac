# class: attr
class Mine(AttributeError):
    def thing(self):
        return super().obj


def transformEvent(event, metadata):
    return {"REACHED": str(Mine().thing())} if Mine().thing() else None
