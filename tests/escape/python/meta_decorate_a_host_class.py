# class: meta
import dataclasses
import functools
import ipaddress


def transformEvent(event, metadata):
    functools.total_ordering(ipaddress.AddressValueError)
    dataclasses.dataclass(ipaddress.IPv4Address)
    return {"REACHED": "a host class was changed"}
