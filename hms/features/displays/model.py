"""The table of notices."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from hms.infra.tables import Instant, partial_index


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
