"""What a process asks of its system when its whole task is to serve. Never done by a library: it cannot be taken back.

memory     large blocks are kept, old objects are not searched for garbage, no core is written
slices     short turns of the CPU
transport  gRPC reads with fewer threads
"""

from transformer.process.memory import keep_large_blocks, spare_old_objects, write_no_core
from transformer.process.slices import ask_for_short_slices
from transformer.process.transport import read_where_it_waits

__all__ = ["ask_for_short_slices", "keep_large_blocks", "read_where_it_waits", "spare_old_objects", "write_no_core"]
