# class: process
import os


def transformEvent(event, metadata):
    reached = []
    for path in ("/tmp/transformer-wall2", "/dev/shm/transformer-wall2", "transformer-wall2", "/dev/null"):
        for attempt in (lambda: open(path, "w").write("x"), lambda: os.mkdir(path + ".d"), lambda: os.symlink("/etc", path + ".l"),
                        lambda: os.rename("/etc/hostname", path), lambda: os.unlink(event["canary"]), lambda: os.mkfifo(path),
                        lambda: os.chmod(event["canary"], 0o777), lambda: os.truncate(event["canary"], 0)):
            try:
                reached.append(f"{path}: {attempt()}")
            except OSError:
                pass
    return {"BREACHED": reached} if reached else None
