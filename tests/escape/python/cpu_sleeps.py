# class: cpu
# expect: T301
import time


def transformEvent(event, metadata):
    while True:
        try:
            time.sleep(10**6)
        except BaseException:
            pass
