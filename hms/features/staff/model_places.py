"""Tables of hospitals and departments by their names: a call starts without them, 3 ms each."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class HospitalSite(SQLModel, table=True):
    """What a hospital of a chain is called; the first one needs no such row.

    ``code`` is what ``[hospital] code`` names; it never changes and is never used again.
    """

    __tablename__ = "hospital_site"
    __table_args__ = (UniqueConstraint("code", name="uq_hospital_site_code"),)

    hospital_id: int = Field(primary_key=True, foreign_key="hospital.id")
    code: str = Field(max_length=20)
    name: str = Field(max_length=120)


class Department(SQLModel, table=True):
    """A department of the hospital."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("hospital_id", "name_key", name="uq_department_name"),)

    id: int | None = Field(default=None, primary_key=True)
    hospital_id: int = Field(foreign_key="hospital.id")
    name: str = Field(max_length=80)
    name_key: str = Field(max_length=240)
