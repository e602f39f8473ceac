# class: attr
import ipaddress


def transformEvent(event, metadata):
    cache = ipaddress.ip_network("10.0.0.0/8")._netmask_cache
    cache[8] = "ESCAPED"
    return {"REACHED": str(cache)}
