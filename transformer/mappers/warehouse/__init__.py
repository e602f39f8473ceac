"""Events as rows of a data warehouse: which tables, which columns, of which types and names.

open_warehouse("postgres", settings).rows(event, metadata)

warehouse   a destination: the rows of an event      flatten      objects laid flat, a column for each value
plan        what its events have in common           fixed        the columns that rows have of themselves
providers   in what warehouses differ                values       types, and values as rows have them
names       columns and tables, and how they are spelled
"""

from transformer.mappers.warehouse.providers import PROVIDERS, Provider
from transformer.mappers.warehouse.warehouse import Warehouse, open_warehouse

__all__ = ["PROVIDERS", "Provider", "Warehouse", "open_warehouse"]
