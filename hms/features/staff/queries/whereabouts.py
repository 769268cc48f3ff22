"""Which hospital this is and who works in which room: all that a call asks of staff.

It is apart from the other queries because every call and every wall would otherwise
start with their tables and views, 2 to 3 ms each.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from hms.features.staff.model import Doctor, Room
from hms.infra.settings import Settings
from hms.infra.tables import table_of

_doctor = table_of(Doctor)
_room = table_of(Room)
FIRST_HOSPITAL, FIRST_CODE = 1, "main"
_known_sites: dict[tuple[str, str], int] = {}  # a code never becomes another hospital's
_ROOM_OF_DOCTOR = (
    select(_room.c.name)
    .select_from(_doctor.join(_room, _room.c.id == _doctor.c.room_id))
    .where(_doctor.c.user_id == bindparam("user_id"))
)
_USERS_IN_ROOM = (
    select(_doctor.c.user_id)
    .select_from(_doctor.join(_room, _room.c.id == _doctor.c.room_id))
    .where(_room.c.hospital_id == bindparam("hospital_id"), _room.c.name == bindparam("room"))
)


def hospital_of(db: Connection, settings: Settings) -> int | None:
    """Return the id of the hospital that ``settings`` are of, None when there is none such."""
    code = settings.hospital.code.strip().lower()
    if not code:
        return FIRST_HOSPITAL
    key = (settings.database.url, code)
    if key not in _known_sites:
        from hms.features.staff.model_places import HospitalSite

        site = table_of(HospitalSite)
        found = db.scalar(select(site.c.hospital_id).where(site.c.code == code))
        if found is None:  # the first one may have no code yet
            return FIRST_HOSPITAL if code == FIRST_CODE else None
        _known_sites[key] = found
    return _known_sites[key]


def room_of_doctor(db: Connection, user_id: int) -> str | None:
    """Return the name of the doctor's room; read at every call of a token."""
    return db.execute(_ROOM_OF_DOCTOR, {"user_id": user_id}).scalar()


def users_in_room(db: Connection, hospital_id: int, room: str) -> list[int]:
    """Return the users of the doctors whose room this is."""
    return list(db.execute(_USERS_IN_ROOM, {"hospital_id": hospital_id, "room": room}).scalars())
