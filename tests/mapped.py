"""Compiled tables opened as a worker opens them: from a descriptor, mapped."""

import mmap
import os

from transformer.wire.tables import Table


def open_table(content):
    """The table that these bytes are. Raises TableError, as `Table` does."""
    descriptor = os.memfd_create("table")
    try:
        os.write(descriptor, content)
        return Table(descriptor, mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) if content else memoryview(b""))
    finally:
        os.close(descriptor)
