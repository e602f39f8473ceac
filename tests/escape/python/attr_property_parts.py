# class: attr
import ipaddress


def transformEvent(event, metadata):
    return {"REACHED": str(ipaddress.IPv4Address.packed.fget)}
