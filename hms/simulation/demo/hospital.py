"""The demo hospital: departments, rooms, doctors, queues, zones, patients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory

from hms.bootstrap import Application, wire
from hms.features.displays import service as displays
from hms.features.patients import importing
from hms.features.patients import service as patients
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra.keys import create_keys
from hms.infra.sessions import SignedIn
from hms.infra.settings import DatabaseSettings, DisplaySettings, Hospital, Settings
from hms.kernel import clock
from hms.simulation.demo.accounts import DOCTOR, add_accounts, fresh_secret

NAME = "Riverside Hospital"
DATA = files("hms.simulation.demo") / "data"
NOTICES = (
    "Flu vaccination today in Room 8, no token needed.",
    "Please keep your token: the doctor asks for it.",
)


@dataclass(frozen=True, slots=True)
class DemoQueue:
    """A queue and where it is served; ``robots`` serve its rooms when nobody else does."""

    code: str
    name: str
    department: str
    rooms: tuple[str, ...]
    doctors: tuple[str, ...] = ()
    robots: bool = True
    desk_calls: bool = False


@dataclass(frozen=True, slots=True)
class DemoDoctor:
    """A doctor, who has no password: nobody signs in as one of them."""

    login: str
    full_name: str
    speciality: str
    department: str
    room: str


QUEUES = (
    DemoQueue("EM", "Emergency", "Emergency", ("Room 1",), ("osei",)),
    DemoQueue("GM", "General medicine", "Medicine", ("Room 2", "Room 3"), ("novak", "silva")),
    DemoQueue("FM", "Family medicine", "Medicine", ("Room 4",), (DOCTOR,), robots=False),
    DemoQueue("CH", "Children", "Paediatrics", ("Room 5",), ("sato",)),
    DemoQueue("SU", "Surgery", "Surgery", ("Room 6",), ("mensah",)),
    DemoQueue("EY", "Eye clinic", "Surgery", ("Room 7",), ("weber",)),
    DemoQueue("LAB", "Blood tests", "Laboratory", ("Lab 1",)),
    DemoQueue("PH", "Pharmacy", "Pharmacy", ("Counter 1",), robots=False, desk_calls=True),
)
DOCTORS = (
    DemoDoctor("osei", "Dr Kwame Osei", "Emergency medicine", "Emergency", "Room 1"),
    DemoDoctor("novak", "Dr Jana Novák", "Internal medicine", "Medicine", "Room 2"),
    DemoDoctor("silva", "Dr João Silva", "Internal medicine", "Medicine", "Room 3"),
    DemoDoctor(DOCTOR, "Dr Amina Farouk", "Family medicine", "Medicine", "Room 4"),
    DemoDoctor("sato", "Dr Hana Sato", "Paediatrics", "Paediatrics", "Room 5"),
    DemoDoctor("mensah", "Dr Kofi Mensah", "Surgery", "Surgery", "Room 6"),
    DemoDoctor("weber", "Dr Lena Weber", "Ophthalmology", "Surgery", "Room 7"),
)
ZONES = {"hall-a": ("EM", "GM", "FM", "CH"), "hall-b": ("SU", "EY", "LAB", "PH")}


@contextmanager
def demo_hospital(timezone: str) -> Iterator[Application]:
    """Give a furnished hospital in a folder that is gone when the block ends."""
    with TemporaryDirectory(prefix="hms-demo-", ignore_cleanup_errors=True) as folder:
        settings = _settings(Path(folder), timezone)
        create_keys(settings)
        application = wire(settings, create=True)
        try:
            furnish(application, application.as_service("demo"))
            yield application
        finally:
            application.close_now()


def furnish(application: Application, who: SignedIn) -> None:
    """Fill an empty hospital by its own use cases."""
    application.db.write_now(staff.ensure_hospital)
    secret = fresh_secret()
    add_accounts(application, who, secret)
    for doctor in DOCTORS:
        if doctor.login != DOCTOR:
            added = staff.AddUser(doctor.login, "doctor", doctor.full_name)
            application.do_now(who, staff.add_user, added, secret)
        place = staff.SetDoctor(
            doctor.login,
            speciality=doctor.speciality,
            licence=f"RH-{1000 + DOCTORS.index(doctor)}",
            room=doctor.room,
            department=doctor.department,
        )
        application.do_now(who, staff.set_doctor, place)
        application.do_now(who, staff.doctor_status, doctor.login, "online")
    for queue in QUEUES:
        _add_queue(application, who, queue)
    for notice in NOTICES:
        application.do_now(who, displays.add_notice, displays.AddNotice(notice))
    _import_patients(application, who)


def _add_queue(application: Application, who: SignedIn, queue: DemoQueue) -> None:
    department = application.do_now(who, staff.ensure_department, queue.department)
    added = tokens.AddQueue(
        queue.code,
        queue.name,
        rooms=queue.rooms,
        doctors=queue.doctors,
        desk_calls=queue.desk_calls,
        department_id=department.id,
    )
    application.do_now(who, tokens.add_queue, added)


def _import_patients(application: Application, who: SignedIn) -> None:
    def take(rows: list[patients.ImportRow]) -> list[patients.RowOutcome]:
        return application.do_now(who, patients.import_rows, rows)

    with as_file(DATA / "patients.csv") as path:
        importing.import_file(path, "synthea", take, dry_run=False)


def _settings(folder: Path, timezone: str) -> Settings:
    return Settings(
        hospital=Hospital(name=NAME, timezone=timezone, day_starts_at=_day_start(timezone)),
        database=DatabaseSettings(url=f"sqlite+aiosqlite:///{folder / 'hms.db'}"),
        display=DisplaySettings(port=0),
        zones=dict(ZONES),
    )


def _day_start(timezone: str, now: datetime | None = None) -> time:
    """Return a cut-off that does not fall into the demo's morning, whatever the hour is."""
    local = (now or clock.now()).astimezone(clock.zone(timezone))
    return time(0) if 3 <= local.hour < 5 else time(3)
