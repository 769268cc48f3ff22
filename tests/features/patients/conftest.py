"""A hospital with an empty patient register on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from hms.features.patients import FEATURE
from hms.features.patients.queries import PatientView
from hms.features.patients.service import RegisterPatient, register
from hms.features.staff.model import Hospital, UserAccount
from hms.infra.db import Database, open_database
from hms.infra.settings import PatientSettings, Settings
from hms.infra.tables import table_of
from hms.infra.uow import Work
from hms.kernel.actor import Actor, Role
from tests.support import empty_at

Register = Callable[..., PatientView]


def actor(role: Role = Role.RECEPTIONIST, user_id: int | None = 1) -> Actor:
    """Return somebody with the grants that the manifest gives to ``role``."""
    grants = {p.name: p.roles[role] for p in FEATURE.permissions if role in p.roles}
    return Actor(user_id, f"{role.value}-1", role, 1, grants)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return a new hospital's database: one hospital, two accounts, no patient."""
    place = tmp_path / "hms.db"
    with empty_at(place, patients=PatientSettings(region="GB")) as settings:
        yield from _furnished(settings)


def _furnished(settings: Settings) -> Iterator[Database]:
    db = open_database(settings, create=True)
    db.create_schema()

    def furnish(work: Work) -> None:
        work.db.execute(insert(table_of(Hospital)), {"id": 1, "created_at": work.now})
        people = [
            {"id": n, "hospital_id": 1, "name": f"user-{n}", "full_name": "", "role": role}
            | {"created_at": work.now, "password_hash": None}
            for n, role in ((1, "receptionist"), (2, "doctor"))
        ]
        work.db.execute(insert(table_of(UserAccount)), people)

    db.write_now(furnish)
    yield db
    db.close_now()


@pytest.fixture
def add(database: Database) -> Register:
    """Return a short way to register somebody, duplicates allowed."""

    def registered(name: str, **said: object) -> PatientView:
        asked = RegisterPatient(name=name, **said)  # type: ignore[arg-type]
        return database.write_now(lambda work: register(work, actor(), asked, allow_duplicate=True))

    return registered
