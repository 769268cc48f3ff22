"""Tables of notices, of the screens in the halls, and of what these report."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.features.displays.rules import LANGUAGES_LENGTH, NAME_LENGTH, SOUNDS
from hms.infra.tables import Instant, partial_index

_SOUNDS = ", ".join(repr(sound) for sound in SOUNDS)


class Notice(SQLModel, table=True):
    """A line for the public; a notice that was taken off keeps its row."""

    __tablename__ = "notice"
    __table_args__ = (partial_index("ix_notice_shown", "hospital_id", where="removed_at IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    text: str = Field(max_length=200)
    urgent: bool = Field(default=False)
    created_at: datetime = Field(sa_type=Instant)
    removed_at: datetime | None = Field(default=None, sa_type=Instant)


class NoticeReach(SQLModel, table=True):
    """Where a notice is shown, until when, and whether it stands over everything else.

    A notice without such a row is on every wall until it is taken off.
    """

    __tablename__ = "notice_reach"

    notice_id: int = Field(primary_key=True, foreign_key="notice.id")
    zone: str | None = Field(default=None, max_length=NAME_LENGTH)
    emergency: bool = Field(default=False)
    until: datetime | None = Field(default=None, sa_type=Instant)


class Display(SQLModel, table=True):
    """A screen by its name: paired (it holds a device token), or one that came by name alone.

    A revoked one keeps its row, so that its name is refused.
    """

    __tablename__ = "display"
    __table_args__ = (
        UniqueConstraint("hospital_id", "name_key"),
        UniqueConstraint("token_hash"),
        CheckConstraint("(token_hash IS NULL) = (paired_at IS NULL)", name="paired"),
        CheckConstraint("token_hash IS NULL OR revoked_at IS NULL", name="revoked"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    name: str = Field(max_length=NAME_LENGTH)
    name_key: str = Field(max_length=4 * NAME_LENGTH)
    zone: str | None = Field(default=None, max_length=NAME_LENGTH)
    languages: str = Field(default="", max_length=LANGUAGES_LENGTH)
    token_hash: str | None = Field(default=None, max_length=64)
    paired_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class DisplayPairing(SQLModel, table=True):
    """A code that makes one screen a paired one: kept as a hash, good once and not for long."""

    __tablename__ = "display_pairing"
    __table_args__ = (UniqueConstraint("display_id"), UniqueConstraint("code_hash"))

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    display_id: int = Field(foreign_key="display.id")
    code_hash: str = Field(max_length=64)
    zone: str | None = Field(default=None, max_length=NAME_LENGTH)
    languages: str = Field(default="", max_length=LANGUAGES_LENGTH)
    expires_at: datetime = Field(sa_type=Instant)
    wrong_tries: int = Field(default=0)


class DisplayState(SQLModel, table=True):
    """How a screen is, as it reported last; ``screens`` are open under its name."""

    __tablename__ = "display_state"
    __table_args__ = (
        CheckConstraint(f"sound IN ({_SOUNDS})", name="sound"),
        CheckConstraint("screens >= 0", name="screens"),
    )

    display_id: int = Field(primary_key=True, foreign_key="display.id")
    seen_at: datetime = Field(sa_type=Instant)
    screens: int
    sound: str = Field(max_length=8)
    zone: str | None = Field(default=None, max_length=NAME_LENGTH)
    languages: str = Field(default="", max_length=LANGUAGES_LENGTH)


class DisplayCall(SQLModel, table=True):
    """That a screen showed a call (the outbox id of its event), after how long, and spoke it."""

    __tablename__ = "display_call"
    __table_args__ = (
        CheckConstraint("shown_ms >= 0", name="shown_ms"),
        Index("ix_display_call_newest", "display_id", "call_id"),
    )

    call_id: int = Field(primary_key=True)
    display_id: int = Field(primary_key=True, foreign_key="display.id")
    at: datetime = Field(sa_type=Instant, index=True)
    shown_ms: int
    spoken: bool = Field(default=False)
