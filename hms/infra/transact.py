"""One use case as one transaction on a plain connection, and what the database's errors mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from hms.infra.bell import UNKNOWN
from hms.infra.settings import Settings
from hms.infra.shortcut import ShortcutConnection
from hms.infra.uow import OperationRepeated, Work, find_outcome
from hms.kernel import clock
from hms.kernel.errors import HmsError, Unavailable
from hms.kernel.i18n import msgid, phrase
from hms.kernel.text import show

T = TypeVar("T")


class DatabaseBusy(Unavailable):
    """Another process held the database longer than we wait."""

    code = "database.busy"
    hint = "try again; if it stays, see who is at work with: hms check"


class DatabaseFull(Unavailable):
    """The disk, or the space allowed to the database, is used up; nothing was changed."""

    code = "database.full"
    hint = "free some space on the disk of the database, then try again"


class DatabaseDamaged(Unavailable):
    """The file is not a sound database."""

    code = "database.damaged"
    hint = "stop all desks and restore the last good backup"


class DiskFails(Unavailable):
    """The disk refuses to be read or written; what an interrupted change did, its op_id tells."""

    code = "database.disk"
    hint = "see the log of the system; a broken disk needs the last good backup on another one"


class DatabaseRestarting(Unavailable):
    """The database server is going down or coming up."""

    code = "database.restarting"
    hint = "try again in a moment"


class DatabaseMissing(Unavailable):
    """There is no database, or none that may be opened."""

    code = "database.missing"
    hint = "make one with: hms init"


class DatabaseReadOnly(Unavailable):
    """The database may be read but not written."""

    code = "database.read_only"
    hint = "give the service user the right to write the data directory"


class DatabaseForbidden(Unavailable):
    """The role under which this program works lacks a right in the database."""

    code = "database.forbidden"
    hint = "give its role the rights that `hms db grants` prints, or use another in [database] url"


class PoolerInBetween(Unavailable):
    """A pooler gives this program another connection than the one it prepared its statements on."""

    code = "database.pooler"
    hint = "let the pooler keep a connection for each program: pool_mode = session"


_MEANINGS: tuple[tuple[tuple[str, ...], type[Unavailable], str], ...] = (
    (("locked", "busy", "deadlock"), DatabaseBusy, msgid("the database is busy")),
    (("full",), DatabaseFull, msgid("the disk of the database is full; nothing was changed")),
    (
        ("starting up", "shutting down", "accepting connections", "terminating connection"),
        DatabaseRestarting,
        msgid("the database server is being restarted"),
    ),
    (("disk i/o error",), DiskFails, msgid("the disk of the database fails")),
    (("malformed", "not a database", "corrupt"), DatabaseDamaged, msgid("the database is damaged")),
    (
        ("no such table", "does not exist"),
        DatabaseMissing,
        msgid("the database has not been set up"),
    ),
    (("unable to open",), DatabaseMissing, msgid("the database cannot be opened")),
    (("readonly", "read-only"), DatabaseReadOnly, msgid("the database cannot be written")),
)

# PostgreSQL says it by number, whatever its language; two digits are a whole class.
_STATES: dict[str, tuple[type[Unavailable], str, str | None]] = {
    "26000": (PoolerInBetween, msgid("a pooler mixes up the connections to the database"), None),
    "42P05": (PoolerInBetween, msgid("a pooler mixes up the connections to the database"), None),
    "25006": (
        DatabaseReadOnly,
        msgid("the database server lets nothing be written"),
        msgid("is it a standby, or set read-only? name the first server in [database] url"),
    ),
    "42501": (
        DatabaseForbidden,
        msgid("this program's role may not do that in the database: {words}"),
        None,
    ),
    "53100": (
        DatabaseFull,
        msgid("the disk of the database server is full; nothing was changed"),
        None,
    ),
    "53200": (DatabaseBusy, msgid("the database server has no memory left"), msgid("try again")),
    "53300": (
        DatabaseBusy,
        msgid("the database server has no connection left"),
        msgid("try again"),
    ),
    "42P01": (DatabaseMissing, msgid("the database has not been set up"), None),
    "3F000": (DatabaseMissing, msgid("the database has not been set up"), None),
    "55P03": (DatabaseBusy, msgid("the database is busy"), None),
    "57014": (DatabaseBusy, msgid("the database took too long"), None),
    "57P01": (DatabaseRestarting, msgid("the database server is being restarted"), None),
    "57P02": (DatabaseRestarting, msgid("the database server is being restarted"), None),
    "57P03": (DatabaseRestarting, msgid("the database server is being restarted"), None),
    "58030": (DiskFails, msgid("the disk of the database server fails"), None),
    "40": (DatabaseBusy, msgid("the database is busy"), None),
    "XX001": (DatabaseDamaged, msgid("the database server reports damaged data"), None),
    "XX002": (DatabaseDamaged, msgid("the database server reports a damaged index"), None),
}


def _state_of(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


def _by_state(state: str, said: str) -> Unavailable | None:
    found = _STATES.get(state) or _STATES.get(state[:2])
    if found is None:
        return None
    kind, sentence, hint = found
    if kind is DatabaseForbidden:  # the server's words name the table, and no value
        words = show(said.rpartition(">: ")[2].partition("\n")[0])[:120]
        sentence = phrase(sentence, words=words)
    return kind(sentence, hint=hint)


def meaning_of(error: BaseException) -> HmsError | None:
    """Return the plain error that a database error stands for, None when it is no such thing."""
    if isinstance(error, IntegrityError):
        return None
    if not isinstance(error, DBAPIError | OSError):
        return None
    said = str(getattr(error, "orig", None) or error)
    state = _state_of(error)
    if state:  # words would take a column called "full" for a full disk
        lost = _lost_connection(state, error)
        return _by_state(state, said) or (_unreachable() if lost else None)
    said = said.lower()
    for words, kind, sentence in _MEANINGS:
        if any(word in said for word in words):
            return kind(sentence)
    gone = isinstance(error, OperationalError | InterfaceError | OSError)
    return _unreachable() if gone or _lost_connection(state, error) else None


def _unreachable() -> Unavailable:
    return Unavailable("the database cannot be reached", hint="see: hms check")


def _lost_connection(state: str, error: BaseException) -> bool:
    """Return whether the server went away, in SQLAlchemy's or in the server's own words."""
    return getattr(error, "connection_invalidated", False) or state.startswith(("08", "57P"))


def run(
    db: Connection,
    use_case: Callable[[Work], T],
    *,
    settings: Settings,
    op_id: str,
    retry: bool,
    ring: Callable[[int], None],
) -> T:
    """Run ``use_case`` in one transaction of ``db``, commit it, then ``ring`` for its events.

    With ``retry`` an operation that was committed before is not done again.

    Raises:
        OperationRepeated: ``op_id`` was committed before.
        Unavailable: the database is busy, full, damaged or out of reach.
    """
    try:
        with db.begin():
            if retry:
                _refuse_repeated(db, op_id)
            work = Work(db, settings, op_id, clock.now())
            result = use_case(work)
            work.flush()
        if work.events:
            ring(UNKNOWN if work.last_event is None else work.last_event)
        return result
    except DBAPIError as error:
        if retry and isinstance(error, IntegrityError) and "op_id" in str(error.orig):
            _refuse_repeated_now(db, op_id)  # another desk did it at the same moment
        plain = meaning_of(error)
        if plain is None:
            raise
        raise plain from error


def look(db: Connection, query: Callable[[Work], T], *, settings: Settings) -> T:
    """Run the read-only ``query`` in one transaction, so that all it sees is of one instant.

    Where the connection is given back in the background, the transaction ends there.
    """
    later = isinstance(db, ShortcutConnection) and db.ends_later
    try:
        transaction = db.begin()
        try:
            return query(Work(db, settings, "", clock.now(), read_only=True))
        finally:
            if not later:
                transaction.rollback()
    except DBAPIError as error:
        plain = meaning_of(error)
        if plain is None:
            raise
        raise plain from error


def _refuse_repeated_now(db: Connection, op_id: str) -> None:
    with db.begin():
        _refuse_repeated(db, op_id)


def _refuse_repeated(db: Connection, op_id: str) -> None:
    outcome = find_outcome(db, op_id)
    if outcome is not None:
        raise OperationRepeated(outcome)
