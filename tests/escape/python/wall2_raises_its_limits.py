# class: process
import resource


def transformEvent(event, metadata):
    reached = []
    for name in ("RLIMIT_DATA", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_AS"):
        try:
            resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            reached.append(name)
        except (OSError, ValueError):
            pass
    return {"BREACHED": reached} if reached else None
