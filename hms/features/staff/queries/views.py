"""Read models of staff: users, doctors, rooms and departments as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from hms.features.staff.model import DeskSession, Doctor, Hospital, Room, UserAccount
from hms.features.staff.model_places import Department, HospitalSite
from hms.features.staff.model_sign_in import SecondFactor
from hms.features.staff.queries.whereabouts import FIRST_CODE, FIRST_HOSPITAL, hospital_of
from hms.features.staff.rules import login_key
from hms.infra.settings import Settings
from hms.infra.tables import table_of
from hms.kernel import clock
from hms.kernel.actor import Role

_user = table_of(UserAccount)
_doctor = table_of(Doctor)
_room = table_of(Room)
_department = table_of(Department)
_session = table_of(DeskSession)
_hospital = table_of(Hospital)
_site = table_of(HospitalSite)
_factor = table_of(SecondFactor)


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as an administrator sees them; ``name`` is the login name."""

    id: int
    name: str
    full_name: str
    role: Role
    active: bool
    must_change: bool
    second_factor: bool
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the user as the command line prints it."""
        return {**asdict(self), "role": self.role.value, "created_at": clock.iso(self.created_at)}


@dataclass(frozen=True, slots=True)
class SessionView:
    """An open session; ``user`` is the login name, ``current`` the one that asks."""

    id: int
    user_id: int
    user: str
    role: Role
    terminal: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool

    def as_json(self) -> dict[str, Any]:
        """Return the session as the command line prints it."""
        return {
            "id": self.id,
            "user": self.user,
            "role": self.role.value,
            "terminal": self.terminal,
            "since": clock.iso(self.created_at),
            "last_seen_at": clock.iso(self.last_seen_at),
            "expires_at": clock.iso(self.expires_at),
            "current": self.current,
        }


@dataclass(frozen=True, slots=True)
class DoctorView:
    """A doctor and where they are; ``name`` is the login name, ``room`` a room's name."""

    id: int
    user_id: int
    name: str
    full_name: str
    speciality: str
    licence: str | None
    room_id: int | None
    room: str | None
    department: str | None
    status: str
    status_reason: str | None
    status_since: datetime
    active: bool

    @property
    def shown_name(self) -> str:
        """Return the name by which people know the doctor."""
        return self.full_name or self.name

    def as_json(self) -> dict[str, Any]:
        """Return the doctor as the command line prints it."""
        return {**asdict(self), "status_since": clock.iso(self.status_since)}


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room or counter."""

    id: int
    name: str

    def as_json(self) -> dict[str, Any]:
        """Return the room as the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department."""

    id: int
    name: str

    def as_json(self) -> dict[str, Any]:
        """Return the department as the command line prints it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class HospitalView:
    """A hospital of the installation; ``people`` may sign in, ``here`` is this desk's own."""

    id: int
    code: str
    name: str
    people: int
    here: bool
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the hospital as the command line prints it."""
        return {**asdict(self), "created_at": clock.iso(self.created_at)}


_PEOPLE = (
    select(func.count())
    .where(_user.c.hospital_id == _hospital.c.id, _user.c.active.is_(True))
    .scalar_subquery()
)
_HOSPITALS = (
    select(_hospital.c.id, _site.c.code, _site.c.name, _PEOPLE, _hospital.c.created_at)
    .select_from(_hospital.outerjoin(_site, _site.c.hospital_id == _hospital.c.id))
    .order_by(_hospital.c.id)
)
_USERS: Select[Any] = select(
    _user.c.id,
    _user.c.name,
    _user.c.full_name,
    _user.c.role,
    _user.c.active,
    _user.c.must_change,
    _factor.c.confirmed_at.is_not(None).label("second_factor"),
    _user.c.created_at,
).select_from(_user.outerjoin(_factor, _factor.c.user_id == _user.c.id))
_USER_BY_NAME = _USERS.where(_user.c.name == bindparam("name"))
_USERS_OF_HOSPITAL = _USERS.where(_user.c.hospital_id == bindparam("hospital_id")).order_by(
    _user.c.name
)
_DOCTORS: Select[Any] = select(
    _doctor.c.id,
    _doctor.c.user_id,
    _user.c.name,
    _user.c.full_name,
    _doctor.c.speciality,
    _doctor.c.licence,
    _doctor.c.room_id,
    _room.c.name.label("room"),
    _department.c.name.label("department"),
    _doctor.c.status,
    _doctor.c.status_reason,
    _doctor.c.status_since,
    _user.c.active,
).select_from(
    _doctor.join(_user, _user.c.id == _doctor.c.user_id)
    .outerjoin(_room, _room.c.id == _doctor.c.room_id)
    .outerjoin(_department, _department.c.id == _doctor.c.department_id)
)
_DOCTOR_BY_USER = _DOCTORS.where(_doctor.c.user_id == bindparam("user_id"))
_DOCTOR_BY_ID = _DOCTORS.where(_doctor.c.id == bindparam("doctor_id"))
_DOCTOR_BY_NAME = _DOCTORS.where(_user.c.name == bindparam("name"))
_DOCTORS_AT_WORK = _DOCTORS.where(
    _doctor.c.hospital_id == bindparam("hospital_id"),
    _user.c.active.is_(True),
    _user.c.role == Role.DOCTOR.value,
).order_by(_user.c.full_name, _user.c.name)
_ROOMS = (
    select(_room.c.id, _room.c.name)
    .where(_room.c.hospital_id == bindparam("hospital_id"))
    .order_by(_room.c.name_key)
)
_DEPARTMENTS = (
    select(_department.c.id, _department.c.name)
    .where(_department.c.hospital_id == bindparam("hospital_id"))
    .order_by(_department.c.name_key)
)

_SIGNED_IN = (
    select(_session.c.user_id, _session.c.terminal)
    .where(
        _session.c.hospital_id == bindparam("hospital_id"),
        _session.c.ended_at.is_(None),
        _session.c.expires_at > bindparam("now"),
    )
    .distinct()
    .order_by(_session.c.user_id, _session.c.terminal)
)

_OPEN_SESSIONS = (
    select(
        _session.c.id,
        _session.c.user_id,
        _user.c.name,
        _user.c.role,
        _session.c.terminal,
        _session.c.created_at,
        _session.c.last_seen_at,
        _session.c.expires_at,
    )
    .select_from(_session.join(_user, _user.c.id == _session.c.user_id))
    .where(
        _session.c.hospital_id == bindparam("hospital_id"),
        _session.c.ended_at.is_(None),
        _session.c.expires_at > bindparam("now"),
        _user.c.active.is_(True),
    )
    .order_by(_session.c.id.desc())
)


def hospitals(db: Connection, settings: Settings) -> list[HospitalView]:
    """Return every hospital of the installation, the first one first."""
    here, own = hospital_of(db, settings), settings.hospital.name
    return [
        HospitalView(key, code or _code_of(key), name or (own if key == here else ""), people,
                     key == here, at)
        for key, code, name, people, at in db.execute(_HOSPITALS)
    ]  # fmt: skip


def _code_of(hospital_id: int) -> str:
    return FIRST_CODE if hospital_id == FIRST_HOSPITAL else f"hospital-{hospital_id}"


def user_by_name(db: Connection, name: str, hospital_id: int | None = None) -> UserView | None:
    """Return the user with the login name ``name``, in any case, of one hospital or any."""
    query = _USER_BY_NAME
    if hospital_id is not None:
        query = query.where(_user.c.hospital_id == hospital_id)
    row = db.execute(query, {"name": login_key(name)}).first()
    return None if row is None else _user_view(row)


def users(db: Connection, hospital_id: int) -> list[UserView]:
    """Return all users by login name, disabled ones included."""
    rows = db.execute(_USERS_OF_HOSPITAL, {"hospital_id": hospital_id})
    return [_user_view(row) for row in rows]


def doctor_of(db: Connection, user_id: int) -> DoctorView | None:
    """Return the doctor that the user ``user_id`` is."""
    row = db.execute(_DOCTOR_BY_USER, {"user_id": user_id}).first()
    return None if row is None else DoctorView(*row)


def doctor_by_id(db: Connection, doctor_id: int) -> DoctorView | None:
    """Return the doctor ``doctor_id``."""
    row = db.execute(_DOCTOR_BY_ID, {"doctor_id": doctor_id}).first()
    return None if row is None else DoctorView(*row)


def doctor_by_name(db: Connection, name: str, hospital_id: int | None = None) -> DoctorView | None:
    """Return the doctor with the login name ``name``, in any case, of one hospital or any."""
    query = _DOCTOR_BY_NAME
    if hospital_id is not None:
        query = query.where(_user.c.hospital_id == hospital_id)
    row = db.execute(query, {"name": login_key(name)}).first()
    return None if row is None else DoctorView(*row)


def doctors(db: Connection, hospital_id: int) -> list[DoctorView]:
    """Return the doctors who may work here now, by name."""
    rows = db.execute(_DOCTORS_AT_WORK, {"hospital_id": hospital_id})
    return [DoctorView(*row) for row in rows]


def rooms(db: Connection, hospital_id: int) -> list[RoomView]:
    """Return all rooms by name."""
    return [RoomView(*row) for row in db.execute(_ROOMS, {"hospital_id": hospital_id})]


def departments(db: Connection, hospital_id: int) -> list[DepartmentView]:
    """Return all departments by name."""
    return [DepartmentView(*row) for row in db.execute(_DEPARTMENTS, {"hospital_id": hospital_id})]


def signed_in(
    db: Connection, hospital_id: int, now: datetime, since: datetime | None = None
) -> dict[int, tuple[str, ...]]:
    """Return the terminals at which each user is signed in ``now``, and was at ``since``."""
    terminals: dict[int, tuple[str, ...]] = {}
    query = _SIGNED_IN if since is None else _SIGNED_IN.where(_session.c.created_at <= since)
    for user_id, terminal in db.execute(query, {"hospital_id": hospital_id, "now": now}):
        terminals[user_id] = (*terminals.get(user_id, ()), terminal)
    return terminals


def open_sessions(
    db: Connection, hospital_id: int, now: datetime, current: int | None
) -> list[SessionView]:
    """Return the sessions that are open at ``now``, the newest first."""
    rows = db.execute(_OPEN_SESSIONS, {"hospital_id": hospital_id, "now": now})
    return [
        SessionView(
            id=row.id,
            user_id=row.user_id,
            user=row.name,
            role=Role(row.role),
            terminal=row.terminal,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            current=row.id == current,
        )
        for row in rows
    ]


def without_second_factor(db: Connection, roles: Sequence[str]) -> int:
    """Return how many people of ``roles`` may sign in and have no second factor that counts."""
    confirmed = select(_factor.c.user_id).where(_factor.c.confirmed_at.is_not(None))
    count = select(func.count()).select_from(_user)
    missing = _user.c.active.is_(True) & _user.c.role.in_(roles) & _user.c.id.not_in(confirmed)
    return db.scalar(count.where(missing)) or 0


def _user_view(row: Row[Any]) -> UserView:
    return UserView(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        role=Role(row.role),
        active=row.active,
        must_change=row.must_change,
        second_factor=bool(row.second_factor),
        created_at=row.created_at,
    )
