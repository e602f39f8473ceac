# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for path in (event["canary"], "/etc/passwd", "/proc/self/maps", "/proc/1/environ", "/proc/self/environ", "/dev/mem", "/"):
        for attempt in (lambda: open(path).read(20), lambda: os.open(path, 0), lambda: os.listdir(path), lambda: os.stat(path),
                        lambda: os.readlink(path), lambda: os.open(path, os.O_PATH), lambda: os.statvfs(path)):
            try:
                reached.append(f"{path}: {attempt()}")
            except OSError:
                pass
    return {"BREACHED": reached} if reached else None
