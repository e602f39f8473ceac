# class: calls
# walls: language both
import requests


class Mine(requests.Session):
    def look(self):
        return [self._door, self._ask, self._host]


def transformEvent(event, metadata):
    return {"REACHED": str(Mine().look())}
