# class: calls
# walls: language both
# A failed call is an exception: none of what hangs on it may be a frame, a call or the host.
import requests


def transformEvent(event, metadata):
    try:
        fetch("https://a.example/")
    except Exception as wrong:
        return {"REACHED": str(wrong.__context__.__traceback__.tb_frame)}
    return {}
