"""Signing in: ``login``, ``password``, ``second-factor``, ``session``, ``key`` and their kin."""

from __future__ import annotations

import sys
from collections.abc import Callable
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from hms.kernel.errors import InvalidInput, NotSignedIn
from hms.kernel.i18n import phrase
from hms.kit.commands import UsageMistake, changes, confirm, group, looks, run
from hms.kit.invocation import Application, current
from hms.kit.output import say, show_json, show_record, show_rows

if TYPE_CHECKING:
    from hms.features.staff import service
    from hms.features.staff.queries.views import SessionView
    from hms.features.staff.service import FactorStatus, Profile
    from hms.infra.second_factor import Enrolment
    from hms.infra.sessions import SignedIn

factor = group("Your second factor: the code of an authenticator, asked for after the password.")
session = group("Open sessions.")
key = group("The keys that sign sessions.")

Name = Annotated[str, typer.Argument(help="Login name.")]
SESSION_COLUMNS = {
    "id": "id",
    "user": "user",
    "role": "role",
    "terminal": "terminal",
    "since": "since",
    "last seen": "last_seen_at",
    "ends": "expires_at",
    "this one": "current",
}
_LONGEST_LINE = 4096


def login(
    name: Name,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read a line each: the password; a new one, when due; the code of the second "
            "factor, when there is one.",
        ),
    ] = False,
) -> None:
    """Sign in at this terminal."""
    from hms.infra import session_file

    before = session_file.load()
    signed_in, offered = _sign_in(name, password_stdin)
    session_file.save(signed_in)
    if before is not None:
        _end_quietly(before)
    who = run(lambda app, who: app.ask_now(who, _who_am_i()))
    if current().json:
        codes = {"recovery_codes": list(offered.recovery_codes)} if offered else {}
        show_json({**who.as_json(), **codes})
        return
    show_record(who, {"signed in": "name", "role": "role", "until": "session_expires"})
    if offered is not None:
        _tell_recovery_codes(offered)


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
    show_record(run(lambda app, who: app.ask_now(who, _who_am_i())))


def password(
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the old and the new password, a line each."),
    ] = False,
) -> None:
    """Change your own password; it ends your sessions at other terminals."""
    from hms.features.staff import service

    def change(app: Application, who: SignedIn) -> Profile:
        old = _required_line("password") if password_stdin else _ask("Present password: ")
        new = _required_line("new password") if password_stdin else _ask_new()
        service.change_password_now(app.db, who, old, new)
        return app.ask_now(who, service.who_am_i)

    show_record(run(change), {"password changed for": "name"})


@changes(factor, "enrol")
def enrol(
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read the password from standard input and print the key; then: confirm.",
        ),
    ] = False,
) -> None:
    """Set up your second factor: scan the QR code, then type the first code."""
    from hms.features.staff import service

    def begin(app: Application, who: SignedIn) -> Enrolment:
        typed = _required_line("password") if password_stdin else _ask("Password: ")
        return service.offer_second_factor_now(app.db, who, typed)

    offered = run(begin)
    if password_stdin or current().json:
        show_record(offered)
        say("it counts after a first code: hms second-factor confirm")
        return
    _draw(offered)
    _confirm_first()
    show_record(_status())
    _tell_recovery_codes(offered)


@changes(factor, "confirm")
def confirm_factor(
    code_stdin: Annotated[
        bool, typer.Option("--code-stdin", help="Read the code from standard input.")
    ] = False,
) -> None:
    """Confirm what enrol has set up, by a first code."""
    _confirm(_required_line("code") if code_stdin else _ask("Code: "))
    show_record(_status())


@changes(factor, "remove")
def remove_factor(
    name: Annotated[
        str | None, typer.Argument(help="A user who lost theirs; left out, your own.")
    ] = None,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read your password and a code, for your own."),
    ] = False,
) -> None:
    """Remove your second factor, or that of a user who lost it.

    A password of fewer than 15 characters is due for change then.
    """
    from hms.features.staff import service

    if name is not None:
        confirm(phrase("Remove the second factor of {name}?", name=name))
        show_record(run(lambda app, who: app.do_now(who, service.take_second_factor, name)))
        return

    def remove(app: Application, who: SignedIn) -> None:
        typed = _required_line("password") if password_stdin else _ask("Password: ")
        try:
            service.remove_second_factor_now(app.db, who, typed)
        except service.CodeDue:
            code = _line("code") if password_stdin else _ask("Code: ")
            if code is None:
                raise
            service.remove_second_factor_now(app.db, who, typed, code)

    run(remove)
    if current().json:
        show_json({"enrolled": False})
    else:
        say("your second factor is removed")


@looks(factor, "status")
def factor_status() -> None:
    """Say whether you have a second factor, and how many recovery codes are left."""
    show_record(_status())


@looks(session, "list")
def list_sessions(
    user: Annotated[str | None, typer.Option(help="Only this user's.")] = None,
) -> None:
    """List open sessions: your own, and those of the people you manage."""
    from hms.features.staff import service

    show_rows(run(lambda app, who: app.ask_now(who, service.list_sessions, user)), SESSION_COLUMNS)


@changes(session, "end")
def end_session(
    session_id: Annotated[
        int | None, typer.Argument(help="As hms session list shows it.", metavar="ID")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Every session of this user.")] = None,
    all_others: Annotated[
        bool, typer.Option("--all-others", help="Every session of yours but this one.")
    ] = False,
) -> None:
    """End sessions; whoever works in one signs in again at their next step."""
    from hms.features.staff import service

    if sum((session_id is not None, user is not None, all_others)) != 1:
        raise UsageMistake("say which session to end", hint="one of: ID, --user, --all-others")

    def end(app: Application, who: SignedIn) -> list[SessionView]:
        if session_id is not None:
            return [app.do_now(who, service.end_session, session_id)]
        if user is not None:
            return app.do_now(who, service.end_sessions_of_user, user)
        return app.do_now(who, service.end_other_sessions)

    show_rows(run(end), SESSION_COLUMNS, empty="no session was open")


@looks(key, "list")
def list_keys() -> None:
    """List the keys that sign and verify sessions, without the keys."""
    from hms.features.staff import service

    _show_keys(run(lambda app, who: app.ask_now(who, service.list_keys)))


@changes(key, "rotate")
def rotate_key(
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="The old key is gone now: everybody signs in again."),
    ] = False,
) -> None:
    """Let a new key sign; sessions go on, the old key verifies as long as they need it."""
    from hms.features.staff import service

    if at_once:
        confirm("Everybody who is signed in, you too, must sign in again. Go on?")
    _show_keys(run(lambda app, who: app.do_now(who, service.rotate_key, at_once=at_once)))


def _sign_in(name: str, from_stdin: bool) -> tuple[SignedIn, Enrolment | None]:
    """Sign in, asking for what is due; return the enrolment when one was confirmed by it."""
    from hms.features.staff import service
    from hms.infra.session_file import terminal_name

    db, terminal = current().application().db, terminal_name()
    secret = _required_line("password") if from_stdin else _ask("Password: ")
    new: str | None = None
    code: str | None = None
    offered: Enrolment | None = None
    while True:
        try:
            return service.sign_in_now(db, name, secret, terminal, new, code), offered
        except service.NewPasswordDue:
            new = _line("new password") if from_stdin else _ask_new("A new password is due:")
            if new is None:
                raise
        except service.CodeDue:
            code = _line("code") if from_stdin else _ask("Code: ")
            if code is None:
                raise
        except service.FactorDue as due:
            offered = due.enrolment
            code = _first_code(due, from_stdin)
        except service.WrongCode as wrong:
            if from_stdin:
                raise
            say(phrase("{message}; {hint}", message=wrong.message, hint=wrong.hint))
            code = _ask("Code: ")


def _first_code(due: service.FactorDue, from_stdin: bool) -> str:
    """Show the factor that is offered and return the first code, or refuse where nobody can."""
    assert due.enrolment is not None
    if not from_stdin:
        say("Your role asks for a second factor. Set it up now.")
        _draw(due.enrolment)
        return _ask("Code: ")
    say(phrase("second factor, key: {secret}", secret=due.enrolment.secret))
    say(phrase("second factor, address: {address}", address=due.enrolment.address))
    code = _line("code")
    if code is None:
        raise due
    return code


def _draw(offered: Enrolment) -> None:
    """Show the QR code on a terminal, and the key to be typed where there is no camera."""
    if sys.stderr.isatty():
        from hms.kit.qr import qr_lines

        for line in qr_lines(offered.address):
            sys.stderr.write(f"\x1b[30;107m{line}\x1b[0m\n")
    say(
        phrase(
            "Scan this with your authenticator, or type the key: {key_text}",
            key_text=offered.key_text,
        )
    )


def _tell_recovery_codes(offered: Enrolment) -> None:
    say("Recovery codes, shown only now; each signs you in once without your authenticator:")
    for recovery_code in offered.recovery_codes:
        typer.echo(recovery_code)


def _confirm_first() -> None:
    from hms.features.staff import service

    while True:
        try:
            return _confirm(_ask("Code: "))
        except service.WrongCode as wrong:
            say(phrase("{message}; {hint}", message=wrong.message, hint=wrong.hint))


def _confirm(code: str) -> None:
    from hms.features.staff import service

    run(lambda app, who: service.confirm_second_factor_now(app.db, who, code))


def _status() -> FactorStatus:
    from hms.features.staff import service

    return run(lambda app, who: app.ask_now(who, service.second_factor_status))


def _who_am_i() -> Callable[..., Profile]:
    from hms.features.staff import service

    return service.who_am_i


def _show_keys(keys: list[service.SigningKey]) -> None:
    columns = {"key": "id", "signs": "signs", "since": "since", "verifies until": "until"}
    show_rows(keys, columns)


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
        raise InvalidInput(phrase("the {what} is not valid text", what=what), field=what) from error
    return line.rstrip("\r\n") if line else None


def _required_line(what: str) -> str:
    line = _line(what)
    if line is None:
        raise UsageMistake(
            phrase("standard input holds no {what}", what=what), hint="give one password a line"
        )
    return line


def _ask(prompt: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageMistake("there is nobody to ask", hint="give --password-stdin")
    return getpass(prompt, stream=sys.stderr)


def _ask_new(why: str = "") -> str:
    if why:
        say(phrase("{why} 15 characters or more, 8 with a second factor.", why=why))
    new = _ask("New password: ")
    if _ask("Once more: ") != new:
        raise InvalidInput("the two new passwords differ", field="new password")
    return new
