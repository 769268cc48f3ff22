"""Tables of patients, and the structures that find one of a million as somebody types.

Search structures differ by database and hold ``Patient.search_text``: SQLite has a
full-text index without ranking (``patient_search``), PostgreSQL a table of words
(``patient_words``).  Both answer "every word begins a term", newest patient first.
Archived patients are not in them.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    Index,
    String,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.types import Text, TypeEngine
from sqlmodel import Field, SQLModel

from hms.features.patients.rules import BLOOD_GROUPS, Sex
from hms.infra.tables import Instant, partial_index, table_of

_SEXES = ", ".join(f"'{sex.value}'" for sex in Sex)
_GROUPS = ", ".join(f"'{group}'" for group in BLOOD_GROUPS)


def _ranged(length: int) -> TypeEngine[str]:
    """Return a text type that is searched by its beginning: in byte order on every database."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Patient(SQLModel, table=True):
    """A person the hospital knows; never deleted, only archived.

    ``phone_backwards`` and ``search_text`` follow from the other columns and are
    what is searched.  ``temporary_name`` stays when an unknown patient is
    identified: it is on labels.  ``version`` counts the changes.
    """

    __tablename__ = "patient"
    __table_args__ = (
        UniqueConstraint("hospital_id", "mrn", name="uq_patient_mrn"),
        UniqueConstraint("hospital_id", "temporary_name", name="uq_patient_temporary_name"),
        CheckConstraint(f"sex IN ({_SEXES})", name="sex"),
        CheckConstraint(f"blood_group IN ({_GROUPS})", name="blood_group"),
        Index("ix_patient_phone", "hospital_id", "phone_backwards", "id"),
        Index("ix_patient_birth_date", "hospital_id", "birth_date", "id"),
        partial_index("ix_patient_archived", "hospital_id", "id", where="archived_at IS NOT NULL"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    mrn: str = Field(sa_type=_ranged(9))
    name: str = Field(max_length=200)
    search_text: str = Field(sa_type=Text)
    birth_date: date | None = Field(default=None)
    birth_year: int | None = Field(default=None)
    birth_estimated: bool = Field(default=False)
    sex: str = Field(max_length=7)
    phone: str = Field(default="", max_length=40)
    phone_e164: str | None = Field(default=None, max_length=16)
    phone_backwards: str | None = Field(default=None, sa_type=_ranged(20))
    blood_group: str | None = Field(default=None, max_length=3)
    allergies: list[str] = Field(default_factory=list, sa_type=JSON)
    contact: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=300)
    private: bool = Field(default=False)
    temporary: bool = Field(default=False)
    temporary_name: str | None = Field(default=None, max_length=80)
    deceased_on: date | None = Field(default=None)
    archived_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    version: int = Field(default=1)


class PatientCounter(SQLModel, table=True):
    """The number of the last MRN that a hospital gave."""

    __tablename__ = "patient_counter"

    hospital_id: int = Field(primary_key=True, foreign_key="hospital.id")
    last: int


class PatientIdentifier(SQLModel, table=True):
    """A number by which another system knows a patient; imported rows are recognised by it."""

    __tablename__ = "patient_identifier"
    __table_args__ = (
        UniqueConstraint("hospital_id", "system", "value", name="uq_patient_identifier"),
        Index("ix_patient_identifier_patient", "patient_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    patient_id: int = Field(foreign_key="patient.id")
    system: str = Field(max_length=40)
    value: str = Field(max_length=200)


class PatientCare(SQLModel, table=True):
    """Who treats whom: what a doctor's own patients are."""

    __tablename__ = "patient_care"

    user_id: int = Field(primary_key=True, foreign_key="user_account.id")
    patient_id: int = Field(primary_key=True, foreign_key="patient.id")
    since: datetime = Field(sa_type=Instant)


class PatientAccess(SQLModel, table=True):
    """A record opened by somebody whose patient it is not: who, why, and until when.

    ``user_name`` and ``acknowledged_name`` are the login names as they were then.
    Nobody acknowledges what they opened themselves.
    """

    __tablename__ = "patient_access"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        CheckConstraint("ends_at > opened_at", name="ends_at"),
        CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"
        ),
        CheckConstraint("acknowledged_by IS NULL OR acknowledged_by <> user_id", name="not_own"),
        Index("ix_patient_access_reader", "user_id", "patient_id", "ends_at"),
        partial_index(
            "ix_patient_access_new", "hospital_id", "id", where="acknowledged_at IS NULL"
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    user_id: int = Field(foreign_key="user_account.id")
    user_name: str = Field(max_length=80)
    patient_id: int = Field(foreign_key="patient.id")
    reason: str = Field(max_length=200)
    opened_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: int | None = Field(default=None, foreign_key="user_account.id")
    acknowledged_name: str | None = Field(default=None, max_length=80)


class PatientPrivacy(SQLModel, table=True):
    """The most that may be told of a patient (kernel.privacy), and by what name instead."""

    __tablename__ = "patient_privacy"
    __table_args__ = (
        CheckConstraint("level IN ('number', 'initials', 'alias', 'name')", name="level"),
    )

    patient_id: int = Field(foreign_key="patient.id", primary_key=True)
    level: str = Field(max_length=10)
    alias: str = Field(default="", max_length=40)


# The words of the name are ASCII or above, with spaces between: "ascii" splits at
# the spaces and leaves the rest alone.  No positions, no sizes: nothing is ranked.
_FULL_TEXT = text(
    "CREATE VIRTUAL TABLE IF NOT EXISTS patient_search USING fts5("
    "terms, content='', detail=none, columnsize=0, tokenize='ascii', prefix='1 2 3 4 5')"
)
_INDEX_FULL_TEXT = text("INSERT INTO patient_search (rowid, terms) VALUES (:id, :search_text)")
_FORGET_FULL_TEXT = text(
    "INSERT INTO patient_search (patient_search, rowid, terms) VALUES ('delete', :id, :search_text)"
)
_DROP_FULL_TEXT = text("DROP TABLE IF EXISTS patient_search")

# PostgreSQL: a patient's terms; marked with a star the beginnings of each, so that a
# beginning is one key of the index however many words go on with it; marked with # the
# hospital and the blocks of the id (rules.blocks.SIZES), so that the newest are found alone.
BEGINNINGS = 5
_WORDS = text(
    "CREATE TABLE IF NOT EXISTS patient_words (patient_id BIGINT NOT NULL REFERENCES patient (id), "
    "hospital_id INTEGER NOT NULL, terms TSVECTOR NOT NULL, PRIMARY KEY (hospital_id, patient_id))"
)
_INDEX_OF_WORDS = text(
    "CREATE INDEX IF NOT EXISTS ix_patient_words_terms ON patient_words "
    "USING gin (terms) WITH (fastupdate = off)"
)
_INDEX_WORDS = text(
    "INSERT INTO patient_words (patient_id, hospital_id, terms) "
    "SELECT id, hospital_id, array_to_tsvector("
    "ARRAY(SELECT word FROM unnest(string_to_array(CAST(:search_text AS TEXT), ' ')) AS word "
    "UNION SELECT left(word, n) || '*' FROM generate_series(1, 5) AS n, "
    "unnest(string_to_array(CAST(:search_text AS TEXT), ' ')) AS word "
    "UNION SELECT '#' || hospital_id "
    "UNION SELECT '#' || hospital_id || '.' || bits || '.' || (id >> bits) "
    "FROM unnest(ARRAY[11, 15, 19, 23]) AS bits)) "
    "FROM patient WHERE id = CAST(:id AS BIGINT)"
)
_FORGET_WORDS = text(
    "DELETE FROM patient_words WHERE patient_id = :id "
    "AND hospital_id = (SELECT hospital_id FROM patient WHERE id = :id)"
)
_DROP_WORDS = text("DROP TABLE IF EXISTS patient_words")


def create_search(db: Connection) -> None:
    """Create the empty search structure of this kind of database, if it is missing."""
    if db.dialect.name == "sqlite":
        db.execute(_FULL_TEXT)
        return
    db.execute(_WORDS)
    db.execute(_INDEX_OF_WORDS)


def drop_search(db: Connection) -> None:
    """Remove the search structure of this kind of database."""
    db.execute(_DROP_FULL_TEXT if db.dialect.name == "sqlite" else _DROP_WORDS)


def index_patients(db: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Let the patients of ``rows`` (with ``id`` and ``search_text``) be found."""
    statement = _INDEX_FULL_TEXT if db.dialect.name == "sqlite" else _INDEX_WORDS
    db.execute(statement, [_key(row) for row in rows])


def forget_patient(db: Connection, patient_id: int, search_text: str) -> None:
    """Take a patient out of the search; ``search_text`` is what was put in, to the letter."""
    if db.dialect.name == "sqlite":
        db.execute(_FORGET_FULL_TEXT, {"id": patient_id, "search_text": search_text})
    else:
        db.execute(_FORGET_WORDS, {"id": patient_id})


def _key(row: dict[str, object]) -> dict[str, object]:
    return {"id": row["id"], "search_text": row["search_text"]}


@event.listens_for(table_of(Patient), "after_create")
def _after_create(_table: Table, db: Connection, **_options: object) -> None:
    create_search(db)


@event.listens_for(table_of(Patient), "before_drop")
def _before_drop(_table: Table, db: Connection, **_options: object) -> None:
    drop_search(db)
