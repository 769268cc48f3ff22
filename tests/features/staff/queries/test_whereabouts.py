"""Who works in which room, as every call asks it; and what a call does without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.queries import whereabouts
from hms.infra.sessions import SignedIn

Hire = Callable[..., SignedIn]


def test_a_room_knows_its_doctors_and_a_doctor_the_room(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    for name in ("rao", "sen", "zed"):
        hire(name, "doctor")
    for name in ("rao", "sen"):
        app.do_now(root, service.set_doctor, service.SetDoctor(name, room="Room 4"))
    ids = {user.name: user.id for user in app.ask_now(root, service.list_users)}
    rao, sen, zed = ids["rao"], ids["sen"], ids["zed"]

    def rooms(user_id: int) -> str | None:
        return app.db.read_now(lambda work: whereabouts.room_of_doctor(work.db, user_id))

    assert [rooms(user) for user in (rao, sen, zed, 99)] == ["Room 4", "Room 4", None, None]
    here = app.db.read_now(lambda work: whereabouts.users_in_room(work.db, 1, "Room 4"))
    assert sorted(here) == [rao, sen]
    assert app.db.read_now(lambda work: whereabouts.users_in_room(work.db, 2, "Room 4")) == []


def test_it_brings_no_table_that_only_lists_and_sign_ins_ask() -> None:
    code = (
        "import hms.features.tokens.service.calling\n"
        "from hms.infra.tables import metadata\n"
        "print(*metadata.tables)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    tables = done.stdout.split()
    assert {"token", "queue", "doctor", "room"} <= set(tables)
    assert not {"department", "hospital_site", "second_factor", "sign_in_throttle"} & set(tables)
