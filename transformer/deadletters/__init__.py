"""Dead letters: events that failed, kept as they were sent, until they are replayed or too old.

A letter has everything that sending the event again needs, and what an operator wants to know about its failure. It lies in
a sink: a directory of JSON lines, or a table in PostgreSQL; one contract suite runs over both. The data path only puts what
failed into a bounded queue (`Writer`); a thread does the rest, so that no sink, however slow or broken, is felt by a batch.
"""

from transformer.deadletters.letter import Letter, LetterFailure, Mark, Metadata, next_id
from transformer.deadletters.opening import open_sink
from transformer.deadletters.selection import Kept, Selection, State
from transformer.deadletters.sink import Bounds, Line, Sink, SinkBusyError, SinkError, Swept
from transformer.deadletters.writer import Stats, Writer

__all__ = [
    "Bounds",
    "Kept",
    "Letter",
    "LetterFailure",
    "Line",
    "Mark",
    "Metadata",
    "Selection",
    "Sink",
    "SinkBusyError",
    "SinkError",
    "State",
    "Stats",
    "Swept",
    "Writer",
    "next_id",
    "open_sink",
]
