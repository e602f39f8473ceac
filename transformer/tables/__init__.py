"""Reference tables before they are looked into: rows from files, rows compiled.

reading    CSV, JSON Lines and Parquet as rows of plain JSON values     (the command line, which sends them on as JSON Lines)
compiling  JSON Lines as a table file (`transformer.wire.tables`)       (a process of its own: the server's loop stays free)
"""

from transformer.tables.compiling import Compiled, RowsError, compile_lines, compile_rows

__all__ = ["Compiled", "RowsError", "compile_lines", "compile_rows"]
