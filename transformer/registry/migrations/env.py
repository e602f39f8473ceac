"""What Alembic runs to migrate: the caller's connection, inside the caller's transaction and lock. It has no other way in."""

from alembic import context

from transformer.registry.model import Model

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    transactional_ddl=False,  # the caller's transaction is the only one, on both databases
)
context.run_migrations()
