"""The third schema: PostgreSQL finds patients by the blocks of their ids too."""

from __future__ import annotations

from alembic import op

from hms.infra.migrations.frozen import statements

revision = "0003"
down_revision = "0002"


# As hms.features.patients.model writes them, for all patients at once.
_WORDS = """
INSERT INTO patient_words (patient_id, hospital_id, terms)
SELECT id, hospital_id, array_to_tsvector(
    ARRAY(SELECT word FROM unnest(string_to_array(search_text, ' ')) AS word
    UNION SELECT left(word, n) || '*' FROM generate_series(1, 5) AS n,
    unnest(string_to_array(search_text, ' ')) AS word
    UNION SELECT '#' || hospital_id
    UNION SELECT '#' || hospital_id || '.' || bits || '.' || (id >> bits)
    FROM unnest(ARRAY[11, 15, 19, 23]) AS bits))
FROM patient WHERE archived_at IS NULL
"""
_INDEX = " ix_patient_words_terms "
# The table itself stays: the rights that the roles have on it go with it.
_EMPTIED = (
    "DROP INDEX ix_patient_words_terms",
    "TRUNCATE patient_words",
    "ALTER TABLE patient_words DROP CONSTRAINT patient_words_pkey",
    "ALTER TABLE patient_words ADD PRIMARY KEY (hospital_id, patient_id)",
)


def upgrade() -> None:
    """Make the words of PostgreSQL anew; SQLite's index stays as it is."""
    connection = op.get_bind()
    for made in statements(revision, connection.dialect.name):
        if _INDEX in made:  # once the words are there, which is quicker
            for statement in (*_EMPTIED, _WORDS, made):
                connection.exec_driver_sql(statement)
