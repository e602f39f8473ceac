"""Events as rows of a data warehouse: which tables, which columns, of which types and names."""
