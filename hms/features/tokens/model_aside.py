"""Tables beside the queues that few commands ask: the others start without them, 3 ms each."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from hms.infra.tables import Instant


class PaperBlock(SQLModel, table=True):
    """Numbers on paper for a service day, for when HMS is down; entered later as tokens.

    They have a ``series`` of their own, which no queue has as its prefix: a number
    on paper never is one that a desk gives out.
    """

    __tablename__ = "paper_block"
    __table_args__ = (
        UniqueConstraint("hospital_id", "service_day", "series", "first"),
        CheckConstraint("first >= 1 AND last >= first", name="numbers"),
    )

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    queue_id: int = Field(foreign_key="queue.id")
    service_day: date
    series: str = Field(max_length=8)
    first: int
    last: int
    reserved_at: datetime = Field(sa_type=Instant)


class NumbersLeftOut(SQLModel, table=True):
    """Numbers of a service day that no desk gives out here: they were given before a restore."""

    __tablename__ = "numbers_left_out"
    __table_args__ = (CheckConstraint("first >= 1 AND last >= first", name="numbers"),)

    queue_id: int = Field(foreign_key="queue.id", primary_key=True)
    service_day: date = Field(primary_key=True)
    series: str = Field(max_length=8, primary_key=True)
    first: int = Field(primary_key=True)
    last: int


class QueuePrivacy(SQLModel, table=True):
    """The most that may be told of a person who waits in a queue (kernel.privacy)."""

    __tablename__ = "queue_privacy"
    __table_args__ = (
        CheckConstraint("level IN ('number', 'initials', 'alias', 'name')", name="level"),
    )

    queue_id: int = Field(foreign_key="queue.id", primary_key=True)
    level: str = Field(max_length=10)
