"""The second schema: the tables of ``0002.sqlite.sql`` or ``0002.postgresql.sql``."""

from __future__ import annotations

from alembic import op

from hms.infra.migrations.frozen import statements

revision = "0002"
down_revision = "0001"


# PostgreSQL finds patients by other words than before (hms.features.patients.model).
_WORDS = """
INSERT INTO patient_words (patient_id, hospital_id, terms)
SELECT id, hospital_id, array_to_tsvector(
    ARRAY(SELECT word FROM unnest(string_to_array(search_text, ' ')) AS word
    UNION SELECT left(word, n) || '*' FROM generate_series(1, 5) AS n,
    unnest(string_to_array(search_text, ' ')) AS word))
FROM patient WHERE archived_at IS NULL
"""
_INDEX = " ix_patient_words_terms "  # made once the words are there, which is quicker


def upgrade() -> None:
    """Add the tables, indexes and triggers of the second schema; let patients be found by them."""
    connection = op.get_bind()
    for statement in statements(revision, connection.dialect.name):
        if _INDEX in statement:
            connection.exec_driver_sql(_WORDS)
            connection.exec_driver_sql("DROP TABLE patient_term")
        connection.exec_driver_sql(statement)
