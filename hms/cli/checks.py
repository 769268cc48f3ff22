"""The single checks of ``hms check``: each looks at one thing and says what it found.

A check raises an ``HmsError`` when it cannot look; that is a problem found, too.
"""

from __future__ import annotations

import http.client
import socket
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hms.infra.settings import Settings
from hms.kernel.text import show

if TYPE_CHECKING:
    from hms.infra.uow import Work

T = TypeVar("T")
MAX_CLOCK_BEHIND = timedelta(minutes=5)
MAX_BACKUP_AGE = timedelta(hours=48)
ANSWER_SECONDS = 2.0


class Grade(Enum):
    """How serious a finding is; a note needs no action."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and what to do when it is not well."""

    name: str
    grade: Grade
    found: str
    to_do: str = ""

    def as_json(self) -> dict[str, str | bool]:
        """Return the finding for ``--json``."""
        return {
            "name": self.name,
            "ok": self.grade is not Grade.PROBLEM,
            "grade": self.grade.value.lower(),
            "found": self.found,
            "to_do": self.to_do,
        }


def database(settings: Settings) -> Finding:
    """Reach the database."""
    from hms.infra.outbox import last_id

    events = _read(settings, lambda work: last_id(work.db))
    file = settings.database_file
    place = show(file) if file is not None else "PostgreSQL"
    return Finding("database", Grade.OK, f"{place}, {events} events")


def schema(settings: Settings) -> Finding:
    """Compare the database's schema with the one that this version needs."""
    from hms.bootstrap import open_application
    from hms.infra.tables import SCHEMA_VERSION

    open_application(settings=settings).close_now()
    return Finding("schema", Grade.OK, f"version {SCHEMA_VERSION}")


def sqlite_library(settings: Settings) -> Finding:
    """Say which SQLite library is in use, and whether it keeps several processes safe."""
    name = "sqlite library"
    if settings.database_file is None:
        return Finding(name, Grade.OK, "not used")
    from hms.infra.sqlite import GATE
    from hms.infra.sqlite_gate import sound

    found = f"{GATE.version_text} ({GATE.library}), journal {GATE.journal}, {GATE.synchronous}"
    if sound(GATE.version):
        return Finding(name, Grade.OK, found)
    return Finding(name, Grade.NOTE, found, "slower but safe; faster with: pip install pysqlite3")


def signing_key(settings: Settings) -> Finding:
    """Read the key that signs sessions."""
    from hms.infra.keys import key_ring

    count = len(key_ring(settings).keys)
    return Finding("signing key", Grade.OK, f"{count} key{'s' if count > 1 else ''}")


def private_files(settings: Settings) -> Finding:
    """Look for data, keys and sessions that others on this machine may reach."""
    from hms.infra.keys import key_file
    from hms.infra.session_file import session_path

    paths = [settings.data_dir, key_file(settings), session_path()]
    file = settings.database_file
    if file is not None:
        paths += [file, *(Path(f"{file}{end}") for end in ("-wal", "-shm", "-journal"))]
    open_ones = [path for path in paths if _others_may(path)]
    if not open_ones:
        return Finding("files", Grade.OK, f"{show(settings.data_dir)} is private")
    names = " ".join(show(path) for path in open_ones)
    return Finding("files", Grade.PROBLEM, f"others may read {names}", f"chmod go-rwx {names}")


def _others_may(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return bool(stat.S_IMODE(mode) & 0o077)


def clock(settings: Settings) -> Finding:
    """Compare this machine's clock with the last thing that was recorded."""
    from sqlalchemy import func, select

    from hms.infra.tables import Outbox, table_of
    from hms.kernel.clock import iso, local_hm

    newest = select(func.max(table_of(Outbox).c.at))
    now, last = _read(settings, lambda work: (work.now, work.db.scalar(newest)))
    zone = settings.hospital.timezone
    if last is not None and now < last - MAX_CLOCK_BEHIND:
        return Finding(
            "clock",
            Grade.PROBLEM,
            f"it is {iso(now)} here, but the last event was at {iso(last)}",
            "set the clock (timedatectl), then look again",
        )
    return Finding("clock", Grade.OK, f"{iso(now)}, {local_hm(now, zone)} in {zone}")


def backup(settings: Settings) -> Finding:
    """Tell how old the last good backup is."""
    from hms.infra.backup.folder import folder_of, last_good
    from hms.kernel.clock import iso, now

    newest = last_good(settings)
    if newest is None:
        place = show(folder_of(settings))
        return Finding("backup", Grade.NOTE, f"none in {place}", "make one with: hms backup")
    age = now() - newest.made_at
    hours = age // timedelta(hours=1)
    found = f"{hours} hours old, {newest.bytes >> 10} KiB, of {iso(newest.made_at)}"
    if age <= MAX_BACKUP_AGE:
        return Finding("backup", Grade.OK, found)
    to_do = "make one with: hms backup; hms serve makes one each night, see its log"
    return Finding("backup", Grade.PROBLEM, found, to_do)


def bell(settings: Settings) -> Finding:
    """Try whether a commit can wake the display server of this machine at once."""
    slow = "the wall follows a little later"
    if not hasattr(socket, "AF_UNIX"):
        return Finding("bell", Grade.NOTE, "no unix sockets here", slow)
    folder = settings.data_dir / "bell"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=folder) as place,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear,
        ):
            ear.bind(f"{place}/try")
            ear.sendto(b"", f"{place}/try")
    except OSError as error:
        return Finding("bell", Grade.NOTE, f"{show(folder)}: {error}", slow)
    return Finding("bell", Grade.OK, "rings")


def display_server(settings: Settings) -> Finding:
    """Ask the display server whether it is well."""
    name = "display server"
    host, port = settings.display.host, settings.display.port
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    connection = http.client.HTTPConnection(asked, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        status, said = answer.status, answer.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return Finding(name, Grade.NOTE, f"not running at {asked}:{port}", "start it: hms serve")
    finally:
        connection.close()
    if status == 200:
        return Finding(name, Grade.OK, f"serves at http://{asked}:{port}/")
    return Finding(
        name, Grade.PROBLEM, f"answers {status}: {show(said)[:120]}", "see its log, or restart it"
    )


def redis(settings: Settings) -> Finding:
    """Ping Redis when one is configured."""
    if not settings.redis.url:
        return Finding("redis", Grade.OK, "not used")
    import redis as library

    try:
        library.Redis.from_url(settings.redis.url, socket_timeout=ANSWER_SECONDS).ping()
    except (library.RedisError, ValueError, OSError) as error:
        return Finding("redis", Grade.NOTE, show(error), "slower, never wrong; see [redis] url")
    return Finding(
        "redis", Grade.NOTE, "answers", "not used in this version; leave [redis] url empty"
    )


def printer(settings: Settings) -> Finding:
    """Say how slips are printed."""
    driver = settings.printing.driver
    if driver == "none":
        return Finding("printer", Grade.OK, "none")
    return Finding("printer", Grade.NOTE, driver, "not used in this version; show the desk's token")


def second_factor(settings: Settings) -> Finding:
    """Say that a role is told to have a second factor which nobody asks for yet."""
    roles = ", ".join(settings.security.second_factor_roles)
    if not roles:
        return Finding("second factor", Grade.OK, "not asked for")
    todo = "this version has none: empty [security] second_factor_roles, keep long passwords"
    return Finding("second factor", Grade.PROBLEM, f"set for {show(roles)}", todo)


def _read(settings: Settings, query: Callable[[Work], T]) -> T:
    from hms.infra.db import open_database

    db = open_database(settings, read_only=True)
    try:
        return db.read_now(query)
    finally:
        db.close_now()
