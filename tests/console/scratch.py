"""A hospital on disk for the console: real clock, people who can sign in, a queue of patients.

Run as a program it opens the console on it, which is what the pty tests do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hms.bootstrap import wire
from hms.features.patients import service as patients
from hms.features.patients.service import RegisterPatient
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra import keys
from hms.infra import settings as conf
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.settings import Settings
from hms.infra.uow import Work
from hms.kernel.actor import Actor

PASSWORD = "seven calm green rivers"
SECRET = "first day only secret"
PEOPLE = {
    "asha": ("Dr. Asha Rao", "doctor"),
    "ben": ("Dr. Ben Okoye", "doctor"),
    "nora": ("Nora Lind", "nurse"),
    "rosa": ("Rosa Marin", "receptionist"),
    "ada": ("Ada Stone", "admin"),
    "mara": ("Mara Fuchs", "manager"),
    "bela": ("Bela Kun", "blood_bank"),
    "new": ("New Colleague", "receptionist"),
}
NAMES = (
    "Lakshmi Rao",
    "Émile [/bold] Zola",
    "محمد عبد الله",
    "Mary <script> Smith",
    "Nguyễn Thị Minh Khai",
    "Johanna Katharina Elisabeth von Hohenstein-Wartenberg",
    "王小明",
    "Peter O'Brien",
)
CLASSES = ("normal", "elderly", "normal", "normal", "pregnant", "normal", "emergency", "child")


def settings_at(folder: Path) -> Settings:
    """Return settings with the database in ``folder``."""
    url = f"sqlite+aiosqlite:///{folder / 'hms.db'}"
    return Settings(
        database=conf.DatabaseSettings(url=url), hospital=conf.Hospital(name="St. Test Hospital")
    )


def build(folder: Path, settings: Settings | None = None) -> Settings:
    """Make the hospital in ``folder``, or that of ``settings``, and return its settings."""
    settings = settings or settings_at(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.create_keys(settings)
    application = wire(settings, create=True)
    service = staff.service_actor(1, "tests")
    right = OneTimeSecret(PASSWORD, make_hash(PASSWORD))
    once = OneTimeSecret(SECRET, make_hash(SECRET))

    def furnish(work: Work) -> None:
        staff.ensure_hospital(work)
        for name, (full_name, role) in PEOPLE.items():
            secret = once if name == "new" else right
            staff.add_user(work, service, staff.AddUser(name, role, full_name), secret)
        for name, room in (("asha", "Room 12"), ("ben", "Room 14")):
            staff.set_doctor(work, service, staff.SetDoctor(name, room=room))
        for command in (
            tokens.AddQueue("GM", "General medicine", rooms=("Room 12",), doctors=("asha",)),
            tokens.AddQueue("ENT", "Ear, nose and throat", rooms=("Room 14",), doctors=("ben",)),
            tokens.AddQueue("LAB", "Laboratory", rooms=("Lab 1", "Lab 2"), desk_calls=True),
        ):
            tokens.add_queue(work, service, command)
        _arrivals(work, service)

    application.db.write_now(furnish)
    application.db.write_now(_own_passwords)
    application.close_now()
    return settings


def _arrivals(work: Work, service: Actor) -> None:
    for n, name in enumerate(NAMES):
        said = RegisterPatient(
            name=name,
            birth=str(1950 + 7 * n),
            sex="female" if n % 2 == 0 else "male",
            allergies=("penicillin",) if n % 3 == 0 else (),
        )
        view = patients.register(work, service, said, allow_duplicate=True)
        tokens.issue(work, service, tokens.IssueToken("GM", view.mrn, CLASSES[n]))
    tokens.issue(work, service, tokens.IssueToken("ENT"))


def _own_passwords(work: Work) -> None:
    """Let everybody but the new colleague have chosen their password already."""
    from sqlalchemy import update

    from hms.features.staff.model import UserAccount
    from hms.infra.tables import table_of

    user = table_of(UserAccount)
    work.db.execute(update(user).where(user.c.name != "new").values(must_change=False))


def main() -> int:
    """Open the console on the hospital in the folder given, made when it is not there."""
    from hms.console.app import Console, can_draw, run

    folder = Path(sys.argv[1])
    settings = settings_at(folder) if (folder / "hms.db").exists() else build(folder)
    if "--plain" in sys.argv:
        return run(settings, plain=True)
    if not can_draw():
        return run(settings)
    idle = [float(a.partition("=")[2]) for a in sys.argv if a.startswith("--idle=")]
    console = Console(settings, idle_seconds=idle[0] if idle else None)
    console.run()
    return console.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
