"""Tables of staff that most commands ask: the hospital, its rooms, its people, their sessions.

Names that must differ are kept a second time in a key column, in one case and one
form, because databases differ in what they take for the same letter.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.features.staff.rules import DoctorStatus
from hms.infra.tables import Instant
from hms.kernel.actor import STAFF_ROLES

_ROLES = ", ".join(f"'{role.value}'" for role in STAFF_ROLES)
_STATUSES = ", ".join(f"'{status.value}'" for status in DoctorStatus)


class Hospital(SQLModel, table=True):
    """A site; its name, zone and cut-off are settings, this row is what others refer to."""

    __tablename__ = "hospital"

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=Instant)


class Room(SQLModel, table=True):
    """A room or counter that patients are called to."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("hospital_id", "name_key", name="uq_room_name"),)

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    name: str = Field(max_length=40)
    name_key: str = Field(max_length=120)


class UserAccount(SQLModel, table=True):
    """A person who signs in; ``name`` is the login name in small letters.

    ``password_hash`` None lets nobody in.  ``must_change`` says that the password
    is a one-time secret.  ``version`` counts changes of the account.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("name", name="uq_user_account_name"),
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    name: str = Field(max_length=192)
    full_name: str = Field(default="", max_length=120)
    role: str = Field(max_length=20)
    password_hash: str | None = Field(default=None, max_length=200)
    must_change: bool = Field(default=True)
    active: bool = Field(default=True)
    version: int = Field(default=1)
    created_at: datetime = Field(sa_type=Instant)


class Doctor(SQLModel, table=True):
    """What a user with the role of a doctor has besides; created with the user."""

    __tablename__ = "doctor"
    __table_args__ = (
        UniqueConstraint("user_id", name="uq_doctor_user"),
        UniqueConstraint("hospital_id", "licence_key", name="uq_doctor_licence"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        CheckConstraint("status <> 'paused' OR status_reason IS NOT NULL", name="pause_has_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    user_id: int = Field(foreign_key="user_account.id")
    department_id: int | None = Field(default=None, foreign_key="department.id")
    room_id: int | None = Field(default=None, foreign_key="room.id")
    speciality: str = Field(default="", max_length=80)
    licence: str | None = Field(default=None, max_length=40)
    licence_key: str | None = Field(default=None, max_length=120)
    status: str = Field(default=DoctorStatus.OFFLINE.value, max_length=10)
    status_reason: str | None = Field(default=None, max_length=120)
    status_since: datetime = Field(sa_type=Instant)
    version: int = Field(default=1)


class DeskSession(SQLModel, table=True):
    """One sign-in at one terminal, from sign-in to sign-out; holds hashes, never a token.

    ``family`` names it in its tokens.  ``refresh_hash`` is the refresh token that is
    due, ``previous_hash`` the one before it, good for a short while after
    ``rotated_at`` at the same terminal; any other token of the family ends it.
    ``last_seen_at`` moves at each refresh.
    """

    __tablename__ = "desk_session"
    __table_args__ = (
        UniqueConstraint("family", name="uq_desk_session_family"),
        Index("ix_desk_session_user_open", "user_id", "ended_at"),
        Index("ix_desk_session_user_terminal", "user_id", "terminal"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason IS NULL)", name="end_has_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    user_id: int = Field(foreign_key="user_account.id")
    family: str = Field(max_length=32)
    terminal: str = Field(default="", max_length=80)
    refresh_hash: str = Field(max_length=64)
    previous_hash: str | None = Field(default=None, max_length=64)
    rotated_at: datetime = Field(sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_reason: str | None = Field(default=None, max_length=40)
