"""Run by Alembic for every command, with the connection that `migrate` opened."""

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"], version_table=_given["version_table"], transactional_ddl=True)
context.run_migrations()
