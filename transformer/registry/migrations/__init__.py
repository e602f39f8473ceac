"""The migrations of the registry's database; Alembic runs them, `transformer/registry/migrate.py` runs Alembic."""
