"""The single checks of ``hms check``: each looks at one thing and says what it found.

A check raises an ``HmsError`` when it cannot look; that is a problem found, too.
"""

from __future__ import annotations

import http.client
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from hms.infra.settings import Settings
from hms.kernel.i18n import phrase
from hms.kernel.text import show

if TYPE_CHECKING:
    from hms.infra.uow import Work

T = TypeVar("T")
MAX_BACKUP_AGE = timedelta(hours=48)
ANSWER_SECONDS = 2.0
RENEW_DAYS = 14
OLD_KEY_DAYS = 365


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
    """Reach the database, and see whether PostgreSQL lets anything be written."""
    from hms.infra.outbox import last_id
    from hms.infra.postgres_line import refuse_only_reading

    file = settings.database_file
    if file is None:
        look_into(settings, lambda work: refuse_only_reading(work.db), plainly=True)
    events = look_into(settings, lambda work: last_id(work.db))
    place = show(file) if file is not None else "PostgreSQL"
    return Finding(
        "database",
        Grade.OK,
        phrase(
            "{place}, {events} event{value}",
            place=place,
            events=events,
            value="" if events == 1 else "s",
        ),
    )


def schema(settings: Settings) -> Finding:
    """Compare the database's schema with the one that this version needs."""
    from hms.bootstrap import open_application
    from hms.infra.tables import SCHEMA_VERSION

    open_application(settings=settings).close_now()
    return Finding(
        "schema", Grade.OK, phrase("version {schema_version}", schema_version=SCHEMA_VERSION)
    )


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
    """Read the key that signs sessions, and tell how old it is."""
    from hms.infra.keys import key_made_at, key_ring
    from hms.kernel.clock import now

    count = len(key_ring(settings).keys)
    days = max(0, (now() - key_made_at(settings)).days)
    age = "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"
    found = f"{count} key{'s' if count > 1 else ''}, the one that signs was made {age}"
    if days <= OLD_KEY_DAYS:
        return Finding("signing key", Grade.OK, found)
    return Finding("signing key", Grade.NOTE, found, "when it suits: hms key rotate")


def private_files(settings: Settings) -> Finding:
    """Look for data, keys, drafts and sessions that others on this machine may reach."""
    from hms.infra.exposed import exposed_files, others_may
    from hms.infra.session_file import session_path

    open_ones = exposed_files(settings)
    open_ones += [path for path in (session_path(),) if others_may(path)]
    open_ones += [path for path in settings.files if others_may(path, _harm_of(settings))]
    if open_ones:
        names = " ".join(show(path) for path in open_ones)
        return Finding(
            "files",
            Grade.PROBLEM,
            phrase("others may reach {names}", names=names),
            phrase("chmod go-rwx {names}", names=names),
        )
    read = " ".join(show(path) for path in settings.files if others_may(path))
    if read:
        return Finding(
            "files",
            Grade.NOTE,
            phrase("others may read {read}", read=read),
            phrase("chmod go-rwx {read}", read=read),
        )
    return Finding(
        "files", Grade.OK, phrase("{data_dir} is private", data_dir=show(settings.data_dir))
    )


def _harm_of(settings: Settings) -> int:
    """Return which rights of others on a configuration file are a problem.

    A hospital may share one in /etc; nobody else may write it, nor read a password in it.
    """
    return 0o077 if "@" in settings.database.url + settings.redis.url else 0o022


def backup(settings: Settings) -> Finding:
    """Tell how old the last good backup is."""
    from hms.infra.backup.folder import folder_of, last_good
    from hms.kernel.clock import iso, now

    newest = last_good(settings)
    if newest is None:
        place = show(folder_of(settings))
        return Finding(
            "backup",
            Grade.NOTE,
            phrase("none in {place}", place=place),
            "make one with: hms backup",
        )
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
        return Finding(
            "bell",
            Grade.NOTE,
            phrase("{folder}: {value}", folder=show(folder), value=error.strerror or error),
            slow,
        )
    return Finding("bell", Grade.OK, "rings")


def display_server(settings: Settings) -> Finding:
    """Ask the display server whether it is well."""
    name = "display server"
    host, port = settings.display.host, settings.display.port
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    scheme = "https" if settings.display.certificate else "http"
    connection = _connection(scheme, asked, port)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        status, said = answer.status, answer.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return Finding(
            name,
            Grade.NOTE,
            phrase("not running at {asked}:{port}", asked=asked, port=port),
            "start it: hms serve",
        )
    finally:
        connection.close()
    if status == 200:
        return Finding(
            name,
            Grade.OK,
            phrase("serves at {scheme}://{asked}:{port}/", scheme=scheme, asked=asked, port=port),
        )
    return Finding(
        name,
        Grade.PROBLEM,
        phrase("answers {status}: {said}", status=status, said=show(said)[:120]),
        "see its log, or restart it",
    )


def voice(settings: Settings) -> Finding:
    """Have the voice of the wall say a word in each language of the hospital."""
    from hms.infra.voice import VoiceFailed, VoiceMissing, find_voice

    name = "voice"
    try:
        found = find_voice(settings.display)
    except VoiceMissing as missing:
        grade = Grade.PROBLEM if settings.display.speech_command else Grade.NOTE
        return Finding(name, grade, missing.message, missing.hint)
    if found is None:
        return Finding(name, Grade.OK, "off, the wall chimes")
    asked = [settings.hospital.languages, *(z.languages for z in settings.display.zones.values())]
    tags = dict.fromkeys(tag for languages in asked for tag in languages or ())
    mute = [tag for tag in tags if not found.speaks(tag)]
    for tag in tags:
        try:
            if tag not in mute:
                found.speak(tag, "1 2 3")
        except VoiceFailed as failed:
            to_do = "try it by hand; until it speaks the wall chimes"
            return Finding(
                name,
                Grade.PROBLEM,
                phrase("{tag}: {message}", tag=show(tag), message=failed.message),
                to_do,
            )
    program = show(found.command[0])
    if mute:
        to_do = "the wall chimes for these; see docs/voice.md"
        return Finding(
            name,
            Grade.NOTE,
            phrase("{program} has none for {join}", program=program, join=show(", ".join(mute))),
            to_do,
        )
    return Finding(
        name,
        Grade.OK,
        phrase("{program} speaks {join}", program=program, join=show(", ".join(tags))),
    )


def _connection(scheme: str, host: str, port: int) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    import ssl

    # Whether it answers is asked, at its address: its name in the certificate is another one.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=context)


def certificate(settings: Settings) -> Finding:
    """Say for how long the display server's certificate is still valid."""
    if not settings.display.certificate and not settings.display.key:
        return Finding("certificate", Grade.OK, "not used")
    from hms.infra.tls import days_left

    days = days_left(settings) or 0
    if days >= RENEW_DAYS:
        return Finding("certificate", Grade.OK, phrase("valid for {days} days", days=days))
    return Finding(
        "certificate",
        Grade.PROBLEM,
        phrase("valid for {days} days only", days=days),
        "renew it, restart hms serve",
    )


def redis(settings: Settings) -> Finding:
    """Ring over Redis and hear it, when one is configured."""
    if not settings.redis.url:
        return Finding("redis", Grade.OK, "not used")
    import redis as library

    from hms.infra.redis_bell import CHANNEL

    slower = "slower, never wrong: start it, or see [redis] url"
    try:
        with (
            library.Redis.from_url(
                settings.redis.url,
                socket_timeout=ANSWER_SECONDS,
                socket_connect_timeout=ANSWER_SECONDS,
            ) as client,
            client.pubsub(ignore_subscribe_messages=True) as ear,
        ):
            ear.subscribe(CHANNEL)
            ear.get_message(timeout=ANSWER_SECONDS)
            client.publish(CHANNEL, b"")
            heard = ear.get_message(timeout=ANSWER_SECONDS) is not None
            client.set("hms:check", "", px=1)  # one that is full, or a replica, says no
    except (library.RedisError, ValueError, OSError) as error:
        return Finding("redis", Grade.NOTE, show(error), slower)
    if not heard:
        return Finding("redis", Grade.NOTE, "answers, but a ring does not come back", slower)
    return Finding("redis", Grade.OK, "rings and keeps, across machines")


def second_factor(settings: Settings) -> Finding:
    """Tell of which roles a second factor is asked, and how many people have none yet."""
    name, roles = "second factor", settings.security.second_factor_roles
    if not roles:
        return Finding(name, Grade.OK, "asked of no role")
    from hms.features.staff.queries.views import without_second_factor

    missing = look_into(settings, lambda work: without_second_factor(work.db, roles))
    found = f"asked of {show(', '.join(roles))}"
    if not missing:
        return Finding(name, Grade.OK, found)
    return Finding(
        name,
        Grade.NOTE,
        phrase("{found}; {missing} without one yet", found=found, missing=missing),
        "they set it up at their sign-in",
    )


def look_into(settings: Settings, query: Callable[[Work], T], *, plainly: bool = False) -> T:
    """Run ``query``; ``plainly``: as a desk connects, not as one that may only read."""
    from hms.infra.db import open_database

    db = open_database(settings, read_only=not plainly)
    try:
        return db.read_now(query)
    finally:
        db.close_now()
