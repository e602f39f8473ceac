"""`transformer replay`: dead letters through the service again.

plan.py     which letters, in which batches
run.py      send a batch, give out what it became, mark its letters; in this order
tally.py    what became of them, in numbers
command.py  the command
"""

from transformer.cli.replay.command import REPLAY

__all__ = ["REPLAY"]
