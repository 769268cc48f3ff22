"""Two hospitals in one installation, everybody signed in, and a way to try a door without traces.

Each try runs inside one outer transaction that is rolled back: use cases, refusals
and their audit rows happen as they do in life, each in a savepoint, and leave nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hms.bootstrap import Application
from hms.features.displays import service as displays
from hms.features.displays.rules import Report, read_claim
from hms.features.kiosks import service as kiosks
from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.printing import service as printing
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra import sqlite
from hms.infra.keys import create_keys
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.sessions import SignedIn
from hms.infra.settings import PrintingSettings
from hms.infra.uow import Work
from hms.kernel.actor import STAFF_ROLES, Actor, Role
from tests.support import SERVICE, Hospital, hospital_at

PASSWORD = "seven green umbrellas in the rain"
CANARY = "Canary"  # begins every name of a person, room and queue of the first hospital
ALLERGY, REMARK = "Penicillin of the canary", "remark about the canary"
WHY = "found unconscious"
OUTSIDE = 2
PEOPLE = {
    Role.ADMIN: "ada", Role.MANAGER: "mara", Role.RECEPTIONIST: "rosa", Role.NURSE: "nils",
    Role.DOCTOR: "dora", Role.BLOOD_BANK: "bela", Role.DISPATCHER: "dirk",
}  # fmt: skip
STATES = ("waiting", "unnamed", "called", "in_progress", "on_hold", "no_show", "issued")


@dataclass
class Queue:
    """A queue with a token in each state, by the name of the state; ids throughout."""

    id: int
    code: str
    tokens: dict[str, int] = field(default_factory=dict)


@dataclass
class Place:
    """What a use case is aimed at: somebody's queue, patient, doctor, user."""

    queue: Queue
    patient: str = ""  # MRN
    patient_id: int = 0
    user: str = ""
    role: str = ""
    doctor: str = ""
    session: int = 0
    notice: int = 0
    kiosk: str = ""  # the token of a paired one
    job: Any = None  # a print job
    paper: str = ""  # a number that is on paper
    archived: str = ""
    free: str = ""  # MRN of somebody who has no token


class Nested:
    """A connection whose transactions are savepoints of the one that is open already."""

    def __init__(self, real: Connection) -> None:
        self._real = real

    def begin(self) -> Any:
        """Begin a savepoint."""
        return self._real.begin_nested()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class InOneTransaction:
    """A backend on a connection whose transaction somebody else ends."""

    def __init__(self, db: Connection) -> None:
        self._db: Any = Nested(db)

    def run_now(self, job: Callable[[Any], Any], *, write: bool) -> Any:
        """Run ``job``; what it commits is released into the open transaction."""
        return job(self._db)

    def data_version(self) -> None:
        """Know nothing of others."""

    def close_now(self) -> None:
        """Leave closing to who opened it."""


@dataclass
class Stage:
    """The application on two hospitals; ``people`` are signed in by hospital and role."""

    application: Application
    raw: Any
    db: Connection
    people: dict[tuple[int, Role], SignedIn]
    users: dict[tuple[int, Role], int]
    places: dict[str, Place]
    keys: Path

    @contextmanager
    def without_traces(self) -> Iterator[None]:
        """Undo whatever happens inside."""
        ring = self.keys.read_bytes()
        with self.db.begin() as outer:
            try:
                yield
            finally:
                outer.rollback()
                if self.keys.read_bytes() != ring:
                    self.keys.write_bytes(ring)

    def contents(self) -> dict[str, str]:
        """Return a digest of the rows of each table."""
        found = self.raw.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
            "AND sql NOT LIKE 'CREATE VIRTUAL%'"
        )
        return {name: self._digest(f'SELECT * FROM "{name}"') for (name,) in found.fetchall()}

    def contents_of_the_first(self) -> dict[str, str]:
        """Return a digest of the rows that belong to the first hospital."""
        named = [
            name
            for (name,) in self.raw.execute(
                "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
                "ON c.name = 'hospital_id' WHERE m.type = 'table'"
            ).fetchall()
        ]
        return {
            name: self._digest(f'SELECT * FROM "{name}" WHERE hospital_id = 1') for name in named
        }

    def entries_after(self, last: int) -> list[tuple[Any, ...]]:
        """Return the audit entries with a greater id: id, op_id, user, action, before, after."""
        query = "SELECT id, op_id, user_id, action, before, after FROM audit WHERE id > ?"
        return list(self.raw.execute(query, (last,)).fetchall())

    def last_entry(self) -> int:
        """Return the id of the newest audit entry."""
        return int(self.raw.execute("SELECT max(id) FROM audit").fetchone()[0])

    def force(self, statement: str, *values: object) -> None:
        """Run a plain statement past every service."""
        self.raw.execute(statement, values)

    def _digest(self, query: str) -> str:
        return hashlib.sha256(repr(self.raw.execute(query).fetchall()).encode()).hexdigest()


@contextmanager
def stage_at(folder: Path) -> Iterator[Stage]:
    """Build both hospitals below ``folder`` and sign everybody in."""
    path = folder / "hms.db"
    with hospital_at(path, printing=PrintingSettings(driver="file")) as first:
        create_keys(first.settings)
        places = _furnish(first)
        kept = make_hash(PASSWORD)
        first.force("UPDATE user_account SET password_hash = :kept, must_change = 0", kept=kept)
        people = _sign_in(first)
        users = _users(first)
        sessions = dict(first.rows("SELECT user_id, max(id) FROM desk_session GROUP BY user_id"))
        names = dict(first.rows("SELECT name, id FROM user_account"))
        for place in places.values():
            place.session = sessions[names[place.user]]
        raw = sqlite.open_raw(path)
        db = sqlite.connect(raw, writer=True)
        first.db.backend.close_now()
        first.db.backend = InOneTransaction(db)  # type: ignore[assignment]
        keys = first.settings.data_dir / "keys.json"
        yield Stage(first.application, raw, db, people, users, places, keys)
        first.application.close_now()  # seals in the last savepoints, which nobody keeps
        db.close()
        raw.close()


def _furnish(first: Hospital) -> dict[str, Place]:
    """Fill the first hospital, make the second; return what use cases are aimed at."""
    secret = OneTimeSecret("", "no password opens this")
    first.do("mara", tokens.add_queue, tokens.AddQueue("XR", f"{CANARY} X-ray"))
    first.do("mara", staff.add_room, "Any")
    first.do("ada", staff.add_user, staff.AddUser("abel", "admin"), secret)
    places = {
        name: _place(first, code, name, doctor)
        for name, code, doctor in (
            ("own", "GM", "dora"), ("other", "ENT", "deng"), ("pool", "LAB", "deng"),
        )
    }  # fmt: skip
    places["below"] = places["own"]
    places["above"] = replace(places["own"], user="abel", role="manager")
    places["foreign"] = places["own"]
    places["own"].notice = first.do("mara", displays.add_notice, displays.AddNotice("Hello")).id
    first.do("dora", patients.show, places["other"].free, WHY)
    places["own"].job = first.ask("mara", printing.list_jobs)[0]
    places["own"].paper = first.do("rosa", tokens.reserve_paper, tokens.ReservePaper("GM")).codes[0]
    first.do("mara", displays.pair_screen, displays.PairScreen("hall-a"))
    first.do(SERVICE, displays.take_reports, [Report("hall-a", None, "", 1, "ok")])
    code = first.do("mara", kiosks.pair_kiosk, "kiosk-a").code
    claim = read_claim({"code": code})
    places["own"].kiosk = first.do(SERVICE, displays.claim_pairing, claim)["device"]
    _second_hospital(first, secret)
    return places


def _place(first: Hospital, code: str, name: str, doctor: str) -> Place:
    rooms = tuple(f"{CANARY} {code} {n}" for n in range(1, 6))
    first.do("mara", tokens.edit_queue, code, tokens.EditQueue(rooms=rooms))
    queue = Queue(first.queue(code).row.id, code)
    for state in STATES:
        person = RegisterPatient(name=f"{CANARY} {code} {state}", allergies=(ALLERGY,))
        made = first.do("rosa", patients.register, person, allow_duplicate=True)
        queue.tokens[state] = first.issue(code, None if state == "unnamed" else made.mrn).id
    for n, state in enumerate(("called", "in_progress", "on_hold", "no_show")):
        token = queue.tokens[state]
        first.do("tests", tokens.call, token, room=rooms[n], reason=REMARK)
        if state == "in_progress":
            first.do("tests", tokens.start, token)
        elif state == "on_hold":
            first.do("tests", tokens.hold, token, REMARK)
        elif state == "no_show":
            first.do("tests", tokens.no_show, token)
    called = first.token(queue.tokens["called"])
    gone = first.do("rosa", patients.register, RegisterPatient(name=f"{CANARY} gone {name}"))
    first.do("mara", patients.archive, gone.mrn)
    free = first.do("rosa", patients.register, RegisterPatient(name=f"{CANARY} free {name}"))
    assert called.mrn is not None
    assert called.patient_id is not None
    return Place(
        queue, called.mrn, called.patient_id, user="deng", role="nurse", doctor=doctor,
        archived=gone.mrn, free=free.mrn,
    )  # fmt: skip


def _second_hospital(first: Hospital, secret: OneTimeSecret) -> None:
    first.force("INSERT INTO hospital (id, created_at) VALUES (2, '2031-03-04 09:00:00.000000')")
    outside = staff.service_actor(OUTSIDE, "tests")

    def furnish(work: Work) -> None:
        for role in STAFF_ROLES:
            staff.add_user(work, outside, staff.AddUser(f"x-{role.value}", role.value), secret)
        tokens.add_queue(work, outside, tokens.AddQueue("OUT", "Outside", doctors=("x-doctor",)))
        patients.register(work, outside, RegisterPatient(name="Outsider"))

    first.db.write_now(furnish)


def _sign_in(first: Hospital) -> dict[tuple[int, Role], SignedIn]:
    names = {(1, role): name for role, name in PEOPLE.items()}
    names |= {(OUTSIDE, role): f"x-{role.value}" for role in STAFF_ROLES}
    people = {
        key: staff.sign_in_now(first.db, name, PASSWORD, "desk 7") for key, name in names.items()
    }
    for name in ("deng", "abel"):
        staff.sign_in_now(first.db, name, PASSWORD, "desk 8")
    return {**people, (1, Role.SERVICE): staff.service_sign_in("tests")}


def _users(first: Hospital) -> dict[tuple[int, Role], int]:
    found = dict(first.rows("SELECT name, id FROM user_account"))
    ids = {(1, role): found[name] for role, name in PEOPLE.items()}
    return ids | {(OUTSIDE, role): found[f"x-{role.value}"] for role in STAFF_ROLES}


def actor_is_known(stage: Stage, who: SignedIn) -> Actor:
    """Return who acts, as a use case would learn it."""
    return stage.application.db.read_now(lambda work: staff.actor_of(work, who))
