"""A wired hospital for tests: real database, staff of every role, three queues, a clock of its own.

The schema and the staff are made once for each test session and copied, so that a
test starts in milliseconds on a database that is its own.  ``pytest --database
postgresql`` puts the same hospitals on PostgreSQL (``settings_at``, ``hospital_at``).
"""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir, mkdtemp
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, Engine, event

from hms.bootstrap import Application, wire
from hms.features.patients import service as patients
from hms.features.patients.queries import PatientView
from hms.features.patients.service import RegisterPatient
from hms.features.staff import service as staff
from hms.features.staff.queries.views import UserView
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import QueueView, TokenView
from hms.infra import settings as conf
from hms.infra.backup.facts import problems
from hms.infra.db import Database
from hms.infra.passwords import OneTimeSecret
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel import clock, grants
from hms.kernel.actor import Actor, Role
from tests import postgres

T = TypeVar("T")

MORNING = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)
ROLES = {
    "ada": Role.ADMIN,
    "mara": Role.MANAGER,
    "rosa": Role.RECEPTIONIST,
    "nils": Role.NURSE,
    "dora": Role.DOCTOR,
    "deng": Role.DOCTOR,
    "bela": Role.BLOOD_BANK,
    "dirk": Role.DISPATCHER,
}
SERVICE = "tests"
_TEMP = gettempdir()  # a test may have one of its own, which is gone when it ends


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **how_far: float) -> datetime:
        """Move on by a ``timedelta(**how_far)``."""
        self.at += timedelta(**how_far)
        return self.at


@dataclass
class Hospital:
    """One hospital on one database, and short ways to act in it."""

    application: Application
    clock: Clock
    actors: dict[str, Actor]
    _people: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**6)))

    @property
    def db(self) -> Database:
        return self.application.db

    @property
    def settings(self) -> Settings:
        return self.application.settings

    def actor(self, who: str) -> Actor:
        """Return the person of that name, or our own process."""
        return self.actors[who]

    def do(self, who: str, use_case: Callable[..., T], *args: Any, **named: Any) -> T:
        """Let ``who`` run a use case that changes data."""
        actor = self.actor(who)
        return self.db.write_now(lambda work: use_case(work, actor, *args, **named))

    def ask(self, who: str, use_case: Callable[..., T], *args: Any, **named: Any) -> T:
        """Let ``who`` run a use case that only looks."""
        actor = self.actor(who)
        return self.db.read_now(lambda work: use_case(work, actor, *args, **named))

    def patient(self, name: str | None = None) -> PatientView:
        """Register a patient, under a name nobody else has when none is given."""
        said = RegisterPatient(name=name or f"Person {next(self._people)}")
        return self.do("rosa", patients.register, said, allow_duplicate=True)

    def issue(
        self, queue: str = "GM", patient: str | int | None = None, token_class: str = "normal"
    ) -> TokenView:
        """Let the front desk give out a token."""
        return self.do("rosa", tokens.issue, tokens.IssueToken(queue, patient, token_class))

    def called(self, queue: str = "GM", who: str = "nils", **how: Any) -> TokenView:
        """Call the next token of a queue."""
        return self.do(who, tokens.call_next, queue, **how)

    def serve(self, minutes: float, queue: str = "GM", who: str = "nils") -> TokenView:
        """Issue, call, start and after ``minutes`` complete one token."""
        code = self.issue(queue).id
        assert self.called(queue, who).id == code
        self.do(who, tokens.start, code)
        self.clock.forward(minutes=minutes)
        return self.do(who, tokens.complete, code)

    def token(self, ref: str | int) -> TokenView:
        """Return a token as the front desk sees it."""
        return self.ask("rosa", tokens.show_token, ref)

    def queue(self, code: str = "GM") -> QueueView:
        """Return a queue as every desk sees it."""
        return next(q for q in self.ask("rosa", tokens.list_queues) if q.row.code == code)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return what a plain statement finds."""
        found = self.db.read_now(lambda work: raw(work.db, sql, **values))
        return [tuple(_stored(value) for value in row) for row in found]

    def one(self, sql: str, **values: Any) -> Any:
        """Return the one value that a plain statement finds."""
        [(value,)] = self.rows(sql, **values)
        return value

    def faults(self) -> list[str]:
        """Return what is broken in the database's structure."""
        return self.db.read_now(lambda work: problems(work.db, ()))

    def force(self, sql: str, **values: Any) -> None:
        """Run a plain statement past every service, as a fault of ours would."""
        AuditWatch.asleep = True
        try:
            self.db.backend.run_now(lambda db: _in_transaction(db, sql, values), write=True)
        finally:
            AuditWatch.asleep = False


def _stored(value: Any) -> Any:
    """Return JSON as the text that SQLite gives; PostgreSQL's driver has read it already."""
    return json.dumps(value) if isinstance(value, dict | list) else value


def raw(db: Connection, sql: str, **values: Any) -> Sequence[Any]:
    """Run a plain statement; return its rows, none when it has none."""
    from sqlalchemy import text

    result = db.execute(text(sql), values)
    return result.all() if result.returns_rows else []


def _in_transaction(db: Connection, sql: str, values: dict[str, Any]) -> None:
    with db.begin():
        raw(db, sql, **values)


def sqlite_settings(path: Path, **parts: Any) -> Settings:
    """Return settings with the database at ``path``; ``parts`` replace whole sections."""
    database = conf.DatabaseSettings(url=f"sqlite+aiosqlite:///{path}")
    return Settings(**{"database": database, "hospital": conf.Hospital(name="St. Test"), **parts})


def settings_at(path: Path, **parts: Any) -> Settings:
    """Return settings with the database at ``path``, or at its place on PostgreSQL."""
    if not postgres.chosen():
        return sqlite_settings(path, **parts)
    return sqlite_settings(path, **{"database": postgres.settings_of(path), **parts})


@contextmanager
def empty_at(path: Path, **parts: Any) -> Iterator[Settings]:
    """Give the settings of a database that is about to be made; it is gone afterwards."""
    with postgres.made_for(path) if postgres.chosen() else nullcontext():
        yield settings_at(path, **parts)


@contextmanager
def hospital_at(path: Path, **parts: Any) -> Iterator[Hospital]:
    """Open a fresh furnished hospital at ``path``, or at its place on PostgreSQL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with furnished_at(path), opened(settings_at(path, **parts)) as hospital:
        yield hospital


@contextmanager
def furnished_at(path: Path) -> Iterator[None]:
    """Put a copy of the furnished hospital at ``path``; on PostgreSQL it is gone afterwards."""
    if postgres.chosen():
        with postgres.made_for(path, like=_postgres_template()):
            yield
        return
    shutil.copyfile(_template(), path)
    path.chmod(0o600)
    yield


@contextmanager
def quick_folder(otherwise: Path) -> Iterator[Path]:
    """Give a folder in memory where there is one: most tests do not ask what a disk keeps."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield otherwise
        return
    with TemporaryDirectory(prefix="hms-tests-", dir=memory) as folder:
        yield Path(folder)


@contextmanager
def opened(settings: Settings, *, furnished: bool = True) -> Iterator[Hospital]:
    """Open the hospital on ``settings``; without ``furnished`` make it first."""
    with clock.replaced(Clock()) if not furnished else _as_it_is():
        application = wire(settings, create=not furnished)
        if not furnished:
            _furnish(application)
    watch = Clock()
    with clock.replaced(watch):
        try:
            yield Hospital(application, watch, _actors(application))
        finally:
            application.close_now()


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


@cache
def _postgres_template() -> Path:
    place = Path(mkdtemp(prefix="hms-tests-", dir=_TEMP)) / "template"
    made = postgres.made_for(place)
    made.__enter__()
    atexit.register(made.__exit__, None, None, None)
    with opened(settings_at(place), furnished=False):
        pass
    return place


@cache
def _template() -> Path:
    path = Path(mkdtemp(prefix="hms-tests-", dir=_TEMP)) / "template.db"
    with opened(sqlite_settings(path), furnished=False):
        pass
    return path


def _furnish(application: Application) -> None:
    service = staff.service_actor(1, SERVICE)
    secret = OneTimeSecret("", "no password opens this")

    def furnish(work: Work) -> None:
        staff.ensure_hospital(work)
        for name, role in ROLES.items():
            staff.add_user(work, service, staff.AddUser(name, role.value), secret)
        for name, room in (("dora", "Room 1"), ("deng", "Room 2")):
            staff.set_doctor(work, service, staff.SetDoctor(name, room=room))
        for command in (
            tokens.AddQueue("GM", "General medicine", rooms=("Room 1",), doctors=("dora",)),
            tokens.AddQueue("ENT", "Ear, nose, throat", rooms=("Room 2",), doctors=("deng",)),
            tokens.AddQueue("LAB", "Laboratory", rooms=("Lab 1", "Lab 2"), desk_calls=True),
        ):
            tokens.add_queue(work, service, command)

    application.db.write_now(furnish)


def _actors(application: Application) -> dict[str, Actor]:
    service = staff.service_actor(1, SERVICE)
    users: list[UserView] = application.db.read_now(lambda work: staff.list_users(work, service))
    people = {
        user.name: Actor(user.id, user.name, user.role, 1, grants.of(user.role), terminal="desk 1")
        for user in users
    }
    return {**people, SERVICE: service}


# --- every change is audited ------------------------------------------------

_UNAUDITED = frozenset(
    {"audit", "audit_seal", "outbox", "meta", "hospital", "sign_in_throttle", "desk_session"}
    | {"display_state", "display_call"}  # what machines report, many times a minute
    | {"print_job"}  # what a printer did; who asked for it is audited
)


# The tables that a statement changes: itself, or by a part in WITH.
_CHANGED = re.compile(
    r'(?:^|[()])\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE
)


class AuditWatch:
    """Finds transactions that changed a domain row and left no audit row (trust.md, T22).

    It is ``asleep`` while a test goes past the services on purpose.
    """

    asleep: ClassVar[bool] = False

    def __init__(self) -> None:
        self.missed: list[str] = []
        self._changed: dict[int, set[str]] = {}
        self._audited: set[int] = set()

    def start(self) -> None:
        """Watch every connection of this process."""
        for name, listener in self._listeners():
            event.listen(Engine, name, listener)

    def stop(self) -> None:
        """Watch no more."""
        for name, listener in self._listeners():
            event.remove(Engine, name, listener)

    def _listeners(self) -> tuple[tuple[str, Callable[..., None]], ...]:
        return (
            ("after_cursor_execute", self._ran),
            ("commit", self._committed),
            ("rollback", self._ended),
        )

    def _ran(self, db: Connection, cursor: Any, statement: str, *_: Any) -> None:
        for table in () if self.asleep else _CHANGED.findall(statement):
            if table == "audit":
                self._audited.add(id(db))
            elif table not in _UNAUDITED and cursor.rowcount != 0:
                self._changed.setdefault(id(db), set()).add(table)

    def _committed(self, db: Connection) -> None:
        changed = self._changed.get(id(db))
        if changed and id(db) not in self._audited:
            self.missed.append(f"changed without an audit row: {', '.join(sorted(changed))}")
        self._ended(db)

    def _ended(self, db: Connection) -> None:
        self._changed.pop(id(db), None)
        self._audited.discard(id(db))
