"""The first schema: the statements of ``0001.sqlite.sql`` or ``0001.postgresql.sql``."""

from __future__ import annotations

from alembic import op

from hms.infra.migrations.frozen import statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, index and trigger of the first schema."""
    connection = op.get_bind()
    for statement in statements(revision, connection.dialect.name):
        connection.exec_driver_sql(statement)
