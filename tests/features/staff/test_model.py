"""What must never be is refused by the database, whoever writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from hms.bootstrap import Application
from hms.features.staff.model import (
    DeskSession,
    Doctor,
    Room,
    UserAccount,
)
from hms.features.staff.model_places import Department
from hms.features.staff.model_sign_in import SignInThrottle
from hms.infra.tables import table_of

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
USER = {"hospital_id": 1, "name": "asha", "role": "nurse", "created_at": AT}
DOCTOR = {"hospital_id": 1, "user_id": 1, "status_since": AT}
SESSION = {
    "hospital_id": 1,
    "user_id": 1,
    "family": "a" * 32,
    "refresh_hash": "b" * 64,
    "rotated_at": AT,
    "created_at": AT,
    "last_seen_at": AT,
    "expires_at": AT,
}
ROOM = {"hospital_id": 1, "name": "Room 1", "name_key": "room 1"}
THROTTLE = {"account": "a", "terminal": "desk-1", "failures": 1, "last_failed_at": AT}


def write(app: Application, model: type[SQLModel], *rows: dict[str, Any]) -> None:
    def use_case(work: Any) -> None:
        for row in rows:
            work.db.execute(insert(table_of(model)).values(row))

    app.db.write_now(use_case)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("model", "row"),
    [
        (UserAccount, USER),
        (Doctor, DOCTOR),
        (Room, ROOM),
        (Department, ROOM),
        (DeskSession, SESSION),
        (SignInThrottle, THROTTLE),
    ],
)
def test_a_row_is_taken_once(app: Application, model: type[SQLModel], row: dict[str, Any]) -> None:
    write(app, model, row)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        write(app, model, row)


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (UserAccount, USER | {"role": "service"}),
        (UserAccount, USER | {"role": "boss"}),
        (UserAccount, USER | {"hospital_id": 2}),
        (Doctor, DOCTOR | {"status": "asleep"}),
        (Doctor, DOCTOR | {"status": "paused"}),
        (Doctor, DOCTOR | {"user_id": 99}),
        (Doctor, DOCTOR | {"room_id": 99}),
        (DeskSession, SESSION | {"user_id": 99}),
        (DeskSession, SESSION | {"ended_at": AT}),
        (DeskSession, SESSION | {"ended_reason": "expired"}),
        (SignInThrottle, THROTTLE | {"failures": 0}),
    ],
)
def test_a_row_that_cannot_be_is_refused(
    app: Application, model: type[SQLModel], row: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        write(app, model, row)


def test_two_doctors_never_have_the_same_licence(app: Application) -> None:
    write(app, UserAccount, USER)
    write(app, Doctor, DOCTOR | {"licence_key": "mh-1"})
    with pytest.raises(IntegrityError, match="licence_key"):
        write(app, Doctor, DOCTOR | {"user_id": 2, "licence_key": "mh-1"})
    write(app, Doctor, DOCTOR | {"user_id": 2})
