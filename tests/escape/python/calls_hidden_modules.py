# class: calls
# walls: language both
import requests
import urllib3


def transformEvent(event, metadata):
    for reach in (
        lambda: requests.utils.os,
        lambda: requests.utils.sys,
        lambda: requests.compat,
        lambda: requests.packages.urllib3.PoolManager,
        lambda: requests.sessions.os,
        lambda: requests.models.json,
        lambda: requests.adapters.deliver,
        lambda: requests.structures.open_to_programs,
        lambda: urllib3.connectionpool,
        lambda: requests.logging.FileHandler,
    ):
        try:
            return {"REACHED": str(reach())}
        except Exception:
            continue
    return {}
