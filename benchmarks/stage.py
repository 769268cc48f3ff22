"""A small hospital on disk for the benchmarks: settings file, keys, accounts, queues."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hms.bootstrap import Application, wire
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra import passwords, session_file
from hms.infra.keys import create_keys
from hms.infra.sessions import SignedIn
from hms.infra.settings import Settings, load_settings

PASSWORD = "four plain words here"  # of a hospital that lives for a minute
QUEUE = "GM"
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Stage:
    """The hospital, where it lies, and who works there."""

    folder: Path
    application: Application
    desk: SignedIn
    nurse: SignedIn

    @property
    def config(self) -> Path:
        """Return the settings file."""
        return self.folder / "hms.toml"

    def sign_in(self, who: SignedIn) -> None:
        """Let ``hms`` be signed in here as ``who``."""
        os.environ[session_file.VARIABLE] = str(self.folder / "session.json")
        session_file.save(who)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which ``hms`` is signed in as the desk.

        Bytecode is kept, as it is for an installed package.
        """
        return {
            **{name: value for name, value in os.environ.items() if not _is_ours(name)},
            "HMS_SESSION_FILE": str(self.folder / "session.json"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TEXTUAL_FPS": "60",
        }


@contextmanager
def stage(
    queues: int = 1, *, url: str | None = None, redis: str = "", max_connections: int = 2_000
) -> Iterator[Stage]:
    """Give a hospital with ``queues`` queues, its nurse and its desk signed in.

    It lies in a SQLite file of its own, or in the empty database at ``url``.
    """
    with TemporaryDirectory(prefix="hms-bench-") as name:
        folder = Path(name)
        settings = _settings(folder, url, redis, max_connections)
        create_keys(settings)
        application = wire(settings, create=True)
        try:
            who = application.as_service("benchmark")
            application.db.write_now(staff.ensure_hospital)
            people = [_person(application, who, n) for n in ("receptionist", "nurse")]
            for number in range(queues):
                code = QUEUE if number == 0 else f"Q{number}"
                queue = tokens.AddQueue(code, f"Queue {code}", rooms=(f"Room {number + 1}",))
                application.do_now(who, tokens.add_queue, queue)
            made = Stage(folder, application, *people)
            made.sign_in(made.desk)
            yield made
        finally:
            os.environ.pop(session_file.VARIABLE, None)
            application.close_now()


def _settings(folder: Path, url: str | None, redis: str, max_connections: int) -> Settings:
    config = folder / "hms.toml"
    database = url or f"sqlite+aiosqlite:///{folder / 'data' / 'hms.db'}"
    (folder / "data").mkdir(mode=0o700)
    config.write_text(
        f'[hospital]\nname = "Benchmark Hospital"\n[database]\nurl = {json.dumps(database)}\n'
        f"[redis]\nurl = {json.dumps(redis)}\n[display]\nmax_connections = {max_connections}\n",
        encoding="utf-8",
    )
    return load_settings(config)


def _person(application: Application, who: SignedIn, role: str) -> SignedIn:
    secret = passwords.one_time_secret()
    application.do_now(who, staff.add_user, staff.AddUser(role, role), secret)
    return staff.sign_in_now(application.db, role, secret.text, "benchmark", PASSWORD)


def _is_ours(name: str) -> bool:
    return name.startswith("HMS_") or name == "PYTHONDONTWRITEBYTECODE"


def hms(*words: str) -> list[str]:
    """Return the command line of the installed ``hms``."""
    installed = Path(sys.executable).with_name("hms")
    begin = [str(installed)] if installed.exists() else [sys.executable, "-m", "hms.cli.main"]
    return [*begin, *words]
