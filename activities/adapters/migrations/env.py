"""Runs the steps on the connection that `migrate` hands over; it holds the lock and the transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection


def run() -> None:
    """One transaction for all steps: a failed start leaves the schema as it was."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    context.run_migrations()


run()
