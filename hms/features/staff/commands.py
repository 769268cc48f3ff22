"""Staff commands: ``login``, ``whoami``, ``user``, ``doctor``, ``room`` and their kin."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from hms.kernel.errors import InvalidInput, NotSignedIn
from hms.kit.commands import UsageMistake, changes, group, looks, run
from hms.kit.invocation import Application, current
from hms.kit.output import say, show_json, show_record, show_rows

if TYPE_CHECKING:
    from hms.features.staff.service import Profile
    from hms.infra.sessions import SignedIn

user = group("Users and their roles.")
doctor = group("Doctors.")
room = group("Rooms.")
department = group("Departments.")

Name = Annotated[str, typer.Argument(help="Login name.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the old and the new password, a line each.")
]
_LONGEST_LINE = 4096


def login(
    name: Name,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read the password from standard input; a new one, when due, is the second line.",
        ),
    ] = False,
) -> None:
    """Sign in at this terminal."""
    from hms.features.staff import service
    from hms.infra import session_file

    before = session_file.load()
    db, terminal = current().application().db, session_file.terminal_name()
    if password_stdin:
        password, new = _required_line("password"), _line("new password") or None
        signed_in = service.sign_in_now(db, name, password, terminal, new)
    else:
        password = _ask("Password: ")
        try:
            signed_in = service.sign_in_now(db, name, password, terminal)
        except service.NewPasswordDue:
            say("This is a one-time secret: choose your own password (15 characters or more).")
            signed_in = service.sign_in_now(db, name, password, terminal, _ask_new())
    session_file.save(signed_in)
    if before is not None:
        _end_quietly(before)
    who = run(lambda app, who: app.ask_now(who, service.who_am_i))
    show_record(who, {"signed in": "name", "role": "role", "until": "session_expires"})


def logout() -> None:
    """Sign out at this terminal."""
    from hms.features.staff import service
    from hms.infra import session_file

    if session_file.load() is None:
        raise NotSignedIn("nobody is signed in at this terminal")
    try:
        run(lambda app, who: app.do_now(who, service.sign_out))
    except NotSignedIn:
        say("the session was over already")
    session_file.forget()
    if current().json:
        show_json({"signed_in": None})
    else:
        say("signed out")


def whoami() -> None:
    """Show who is signed in at this terminal, and what they may do."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.ask_now(who, service.who_am_i)))


def password(password_stdin: FromStdin = False) -> None:
    """Change your own password; it ends your sessions at other terminals."""
    from hms.features.staff import service

    def change(app: Application, who: SignedIn) -> Profile:
        old = _required_line("password") if password_stdin else _ask("Present password: ")
        new = _required_line("new password") if password_stdin else _ask_new()
        service.change_password_now(app.db, who, old, new)
        return app.ask_now(who, service.who_am_i)

    show_record(run(change), {"password changed for": "name"})


@changes(user, "add")
def add_user(
    name: Name,
    role: Annotated[str, typer.Option(help="admin, manager, receptionist, nurse, doctor, …")],
    full_name: Annotated[str, typer.Option(help="The name people know them by.")] = "",
) -> None:
    """Add a user; prints the one-time secret they sign in with first."""
    from hms.features.staff import service
    from hms.infra.passwords import one_time_secret

    command = service.AddUser(name=name, role=role, full_name=full_name)
    show_record(run(lambda app, who: app.do_now(who, service.add_user, command, one_time_secret())))


@looks(user, "list")
def list_users() -> None:
    """List all users."""
    from hms.features.staff import service

    users = run(lambda app, who: app.ask_now(who, service.list_users))
    show_rows(
        users,
        {
            "name": "name",
            "full name": "full_name",
            "role": "role",
            "active": "active",
            "new password due": "must_change",
        },
    )


@changes(user, "disable")
def disable_user(name: Name) -> None:
    """Let a user in no more, from this moment on."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.disable_user, name)))


@changes(user, "enable")
def enable_user(name: Name) -> None:
    """Let a disabled user in again."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.enable_user, name)))


@changes(user, "reset")
def reset_user(name: Name) -> None:
    """Give a user a new one-time secret; ends their sessions."""
    from hms.features.staff import service
    from hms.infra.passwords import one_time_secret

    show_record(run(lambda app, who: app.do_now(who, service.reset_user, name, one_time_secret())))


@changes(user, "unlock")
def unlock_user(name: Name) -> None:
    """Forgive a user's failed sign-ins."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.unlock_user, name)))


@changes(user, "role")
def set_role(name: Name, role: Annotated[str, typer.Argument(help="The new role.")]) -> None:
    """Give a user another role; it holds at once."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.set_role, name, role)))


@changes(doctor, "set")
def set_doctor(
    name: Name,
    speciality: Annotated[str | None, typer.Option(help="What they treat.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence number, unique.")] = None,
    room: Annotated[str | None, typer.Option(help="Their room; made when missing.")] = None,
    department: Annotated[str | None, typer.Option(help="Made when missing.")] = None,
) -> None:
    """Set what is given; an empty text clears it."""
    from hms.features.staff import service

    command = service.SetDoctor(
        name=name, speciality=speciality, licence=licence, room=room, department=department
    )
    show_record(run(lambda app, who: app.do_now(who, service.set_doctor, command)))


@changes(doctor, "status")
def doctor_status(
    name: Name,
    status: Annotated[str, typer.Argument(help="online, busy, paused or offline.")],
    reason: Annotated[str, typer.Option(help="Why, mostly with a pause.")] = "",
) -> None:
    """Say whether a doctor is at work."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.doctor_status, name, status, reason)))


@looks(doctor, "list")
def list_doctors() -> None:
    """List the doctors who may work here now."""
    from hms.features.staff import service

    doctors = run(lambda app, who: app.ask_now(who, service.list_doctors))
    show_rows(
        doctors,
        {
            "name": "name",
            "full name": "full_name",
            "speciality": "speciality",
            "licence": "licence",
            "room": "room",
            "department": "department",
            "status": "status",
            "reason": "status_reason",
        },
    )


@looks(room, "list")
def list_rooms() -> None:
    """List all rooms."""
    from hms.features.staff import service

    show_rows(run(lambda app, who: app.ask_now(who, service.list_rooms)), {"room": "name"})


@changes(room, "add")
def add_room(name: Annotated[str, typer.Argument(help="Name of the room.")]) -> None:
    """Add a room."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.add_room, name)))


@changes(room, "rename")
def rename_room(
    name: Annotated[str, typer.Argument(help="Name of the room.")],
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
) -> None:
    """Rename a room."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.rename_room, name, new_name)))


@looks(department, "list")
def list_departments() -> None:
    """List all departments."""
    from hms.features.staff import service

    departments = run(lambda app, who: app.ask_now(who, service.list_departments))
    show_rows(departments, {"department": "name"})


@changes(department, "add")
def add_department(name: Annotated[str, typer.Argument(help="Name of the department.")]) -> None:
    """Add a department."""
    from hms.features.staff import service

    show_record(run(lambda app, who: app.do_now(who, service.add_department, name)))


def _end_quietly(before: SignedIn) -> None:
    """End the session that was kept here before, when it is still open."""
    from hms.features.staff import service

    try:
        current().application().do_now(before, service.sign_out)
    except NotSignedIn:
        return


def _line(what: str) -> str | None:
    """Return the next line of standard input, None at its end."""
    try:
        line = sys.stdin.readline(_LONGEST_LINE)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the {what} is not valid text", field=what) from error
    return line.rstrip("\r\n") if line else None


def _required_line(what: str) -> str:
    line = _line(what)
    if line is None:
        raise UsageMistake(f"standard input holds no {what}", hint="give one password a line")
    return line


def _ask(prompt: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageMistake("there is nobody to ask", hint="give --password-stdin")
    return getpass(prompt, stream=sys.stderr)


def _ask_new() -> str:
    new = _ask("New password: ")
    if _ask("Once more: ") != new:
        raise InvalidInput("the two new passwords differ", field="new password")
    return new
