# class: giant
# walls: language both
# must: failed
# expect: T201
from modules import door, leb, named, section


def module():
    # a trap names its function: by ninety kilobytes of brackets, line breaks and escapes
    name = ("\x1b[2J\n{0.__class__}%n\u2028" * 10_000)[:90_000]
    told = section(1, leb(1) + named(name), 1)
    return door(echo=b"\0", after=section(0, named("name") + told))
