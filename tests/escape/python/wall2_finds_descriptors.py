# class: process
import errno
import os


def transformEvent(event, metadata):
    open_ones = []
    for descriptor in range(1024):
        try:
            os.lseek(descriptor, 0, os.SEEK_CUR)
            open_ones.append(descriptor)
        except OSError as wrong:
            if wrong.errno == errno.ESPIPE:
                open_ones.append(descriptor)
    return {"BREACHED": open_ones} if open_ones != [3] else None
