# class: giant
# walls: language both
# must: failed
# expect: T201
from modules import door, named, section


def module():
    # what explains a trap reads these, if it reads them: lengths and links that lie
    lies = b"".join(section(0, named(f".debug_{part}") + b"\xff" * 100_000) for part in ("info", "abbrev", "line", "str", "ranges", "loc"))
    return door(echo=b"\0", after=lies)
