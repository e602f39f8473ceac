# class: broken
# walls: language both
# must: refused
# The runtime would take text for a module, if it were asked to compile what it is given.


def module():
    return b'(module (memory (export "memory") 1))'
