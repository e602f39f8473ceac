"""Transformations, their versions and aliases, and who changed what.

store       every question and mutation, each one transaction           (SQLite or PostgreSQL)
publish     checks, probes and tries code before it becomes a version    (asks pool/)
cache       what the data path asks: memory first, moved aliases within a poll
secrets     encrypted before they come here (`sealing`), and after they left
tables      reference tables: versions of compiled rows; `table_cache` is what workers may map of them
records     what all of them hand out; `names` says how resources are named
"""

from transformer.registry.cache import Catalogue, Resolved
from transformer.registry.publish import publish
from transformer.registry.store import Store

__all__ = ["Catalogue", "Resolved", "Store", "publish"]
