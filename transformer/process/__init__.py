"""What a process asks of its system when its whole task is to serve. Never done by a library: it cannot be taken back.

memory    large blocks are kept, old objects are not searched for garbage, no core is written
slices    short turns of the CPU
"""

from transformer.process.memory import keep_large_blocks, spare_old_objects, write_no_core
from transformer.process.slices import ask_for_short_slices

__all__ = ["ask_for_short_slices", "keep_large_blocks", "spare_old_objects", "write_no_core"]
