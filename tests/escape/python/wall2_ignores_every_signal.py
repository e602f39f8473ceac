# class: process
# expect: T301
import signal


def transformEvent(event, metadata):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
