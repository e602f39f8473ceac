# class: attr
import ipaddress


class Mine(ipaddress.IPv4Network):
    def cache(self):
        return self._netmask_cache


def transformEvent(event, metadata):
    Mine("10.0.0.0/8").cache()[8] = "ESCAPED"
    return {"REACHED": "a dictionary of the host's class"}
