"""Tables of the kiosks and of the numbers that each gave out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.infra.tables import Instant


class Kiosk(SQLModel, table=True):
    """A paired screen at which numbers are taken; name and device token are the screen's.

    ``wrong_cards`` counts since ``wrong_since``, so that nobody tries out card after card.
    """

    __tablename__ = "kiosk"
    __table_args__ = (CheckConstraint("wrong_cards >= 0", name="wrong_cards"),)

    display_id: int = Field(primary_key=True, foreign_key="display.id", ondelete="CASCADE")
    hospital_id: int = Field(foreign_key="hospital.id")
    locked_at: datetime | None = Field(default=None, sa_type=Instant)
    wrong_cards: int = Field(default=0)
    wrong_since: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class KioskNumber(SQLModel, table=True):
    """A number that a kiosk gave out; ``touch`` is the page's own id of the wish."""

    __tablename__ = "kiosk_number"
    __table_args__ = (
        UniqueConstraint("display_id", "touch"),
        Index("ix_kiosk_number_day", "display_id", "service_day", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    display_id: int = Field(foreign_key="kiosk.display_id", ondelete="CASCADE")
    touch: str = Field(max_length=32)
    token_id: int = Field(foreign_key="token.id")
    service_day: date
    at: datetime = Field(sa_type=Instant)
