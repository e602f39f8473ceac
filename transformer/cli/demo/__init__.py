"""`transformer demo`: the whole service in a minute, on this machine, and nothing left of it afterwards.

`command` tells the story, `child` is the service as a process of its own, `report` draws the tables, `transforms/` is what is
published: real code with its cases, which `transformer test` runs too.
"""

from transformer.cli.demo.command import DEMO

__all__ = ["DEMO"]
