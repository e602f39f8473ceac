# class: giant
# walls: language both
# must: failed
# expect: T201
# Names a file of the host for whoever explains the trap.
from modules import door, named, section


def module():
    return door(echo=b"\0", after=section(0, named("sourceMappingURL") + named("file:///etc/passwd")) + section(0, named("external_debug_info") + named("/etc/passwd")))
