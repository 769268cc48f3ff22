"""A hospital of the simulation's own: an empty database, furnished by the real use cases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import time
from pathlib import Path

from sqlalchemy import select

from hms.bootstrap import Application, wire
from hms.features.patients.model import Patient
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.features.tokens.model import Queue
from hms.infra import passwords
from hms.infra.sessions import SignedIn
from hms.infra.settings import DatabaseSettings, Hospital, Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.i18n import phrase
from hms.simulation.errors import HospitalInUse
from hms.simulation.plan import Line, Seat


@contextmanager
def scratch_hospital(url: str | None = None) -> Iterator[Application]:
    """Give an empty hospital whose zone is UTC; without ``url`` it is gone when the block ends.

    Raises:
        HospitalInUse: the database at ``url`` has queues or patients.
        Unavailable: it cannot be opened.
    """
    with tempfile.TemporaryDirectory(prefix="hms-simulate-", ignore_cleanup_errors=True) as folder:
        own = f"sqlite+aiosqlite:///{Path(folder) / 'hms.db'}"
        settings = Settings(
            hospital=Hospital(name="Simulated hospital", timezone="UTC", day_starts_at=time(3)),
            database=DatabaseSettings(url=url or own),
        )
        application = wire(settings, create=True)
        try:
            application.db.read_now(refuse_used)
            yield application
        finally:
            application.close_now()


def furnish(
    application: Application, who: SignedIn, lines: Sequence[Line], seats: Sequence[Seat]
) -> None:
    """Make departments, doctors with their rooms, and queues that run 24 hours."""
    application.db.write_now(staff.ensure_hospital)
    secret = passwords.one_time_secret()  # nobody signs in here, so one hash does for all
    for seat in seats:
        added = staff.AddUser(seat.login, "doctor", f"Dr {seat.login.capitalize()}")
        application.do_now(who, staff.add_user, added, secret)
        application.do_now(who, staff.set_doctor, staff.SetDoctor(seat.login, room=seat.room))
        application.do_now(who, staff.doctor_status, seat.login, "online")
    for line in lines:
        department = application.do_now(who, staff.ensure_department, line.department)
        rooms = tuple(seat.room for seat in seats if seat.home == line.code)
        queue = tokens.AddQueue(
            line.code, line.name, rooms=rooms, is_24h=True, department_id=department.id
        )
        application.do_now(who, tokens.add_queue, queue)


def refuse_used(work: Work) -> None:
    """Refuse a hospital that is at work.

    Raises:
        HospitalInUse: it has queues or patients.
    """
    for model, word in ((Queue, "queues"), (Patient, "patients")):
        if work.db.execute(select(table_of(model).c.id).limit(1)).first() is not None:
            raise HospitalInUse(
                phrase("this database has {word} already", word=word), field="database"
            )
