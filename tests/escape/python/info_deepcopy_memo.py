# class: info
import copy


class Memo(dict):
    def get(self, key, default=None):
        seen.append(key)
        return default


seen = []


def transformEvent(event, metadata):
    copy.deepcopy([[]], Memo())
    return {"seen": seen}
