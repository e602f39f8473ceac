# class: control
class Lie(dict):
    def __len__(self):
        return 10**9

    def __iter__(self):
        return iter(())

    def __getitem__(self, key):
        raise KeyboardInterrupt


def transformEvent(event, metadata):
    return Lie(a=1)
