# class: format
def f():
    pass


class Text(str):
    def fill(self, *values):
        return super().format(*values)


def transformEvent(event, metadata):
    return {"REACHED": Text("{0.__code__.co_consts}").fill(f)}
