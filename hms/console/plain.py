"""``hms console --plain``: the same work as line prompts, for screen readers and dumb terminals.

One line in, plain sentences out; no colours, no cursor movement, works in a pipe.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from getpass import getpass
from typing import TYPE_CHECKING, TextIO

from hms.console.plain_verbs import VERBS, Desk, Said, Usage, help_lines
from hms.kernel.errors import Exit, HmsError
from hms.kernel.i18n import phrase
from hms.kernel.text import show
from hms.kit.tui_panic import record_failure

if TYPE_CHECKING:
    from hms.bootstrap import Application
    from hms.features.staff.service import FactorDue
    from hms.infra.sessions import SignedIn
    from hms.infra.settings import Settings

TRIES = 5


class Left(Exception):
    """The person went away: end of input, or ``quit``."""


@dataclass
class Talk:
    """Asks and answers on a pair of text streams."""

    source: TextIO
    sink: TextIO

    def ask(self, prompt: str) -> str:
        """Return the next line.

        Raises:
            Left: there is none.
        """
        self.sink.write(prompt)
        self.sink.flush()
        line = self.source.readline()
        if not line:
            raise Left
        return line.rstrip("\r\n")

    def ask_secret(self, prompt: str) -> str:
        """Return a line that a terminal does not show."""
        if self.source is sys.stdin and sys.stdin.isatty():
            try:
                return getpass(prompt)
            except EOFError:
                raise Left from None
        return self.ask(prompt)

    def say(self, *lines: str) -> None:
        """Write lines; nothing in them drives a terminal."""
        for line in lines:
            self.sink.write(show(line) + "\n")
        self.sink.flush()

    def refuse(self, error: HmsError) -> None:
        """Say what was wrong and what to do."""
        hint = f" ({error.hint})" if error.hint else ""
        self.say(phrase("No: {message}{hint}", message=error.message, hint=hint))


def run_plain(settings: Settings, source: TextIO | None = None, sink: TextIO | None = None) -> int:
    """Run the plain console until its user leaves; return the exit code of the process."""
    from hms.bootstrap import open_application
    from hms.console.app import state_folder

    talk = Talk(source or sys.stdin, sink or sys.stdout)
    application: Application | None = None
    try:
        application = open_application(settings=settings)
        talk.say(
            phrase(
                "{name}. Type help for what can be done, quit to leave.",
                name=settings.hospital.name,
            )
        )
        _work(talk, Desk(application, _sign_in(talk, application)))
        return Exit.DONE
    except Left:
        talk.say("", "Good-bye.")
        return Exit.DONE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except HmsError as error:
        talk.refuse(error)
        return error.exit
    except Exception as error:  # noqa: BLE001 the person gets an id, the log the trace
        error_id = record_failure(error, state_folder(settings))
        talk.say(phrase("HMS met an unexpected error. Error id: {error_id}", error_id=error_id))
        return Exit.UNEXPECTED
    finally:
        if application is not None:
            application.close_now()


def _sign_in(talk: Talk, application: Application) -> SignedIn:
    refused: HmsError | None = None
    for _ in range(TRIES):
        name = talk.ask("Name: ")
        password = talk.ask_secret("Password: ")
        try:
            return _with_what_is_due(talk, application, name, password)
        except HmsError as error:
            refused = error
            talk.refuse(error)
    assert refused is not None
    raise refused


def _with_what_is_due(talk: Talk, application: Application, name: str, password: str) -> SignedIn:
    """Sign in, asking for a new password or a code where one is due."""
    from hms.features.staff import service as staff
    from hms.infra.session_file import terminal_name

    new: str | None = None
    code: str | None = None
    recovery_codes: tuple[str, ...] = ()
    while True:
        try:
            place = terminal_name()
            who = staff.sign_in_now(application.db, name, password, place, new, code)
        except staff.NewPasswordDue:
            talk.say("That was a one-time secret, or is too short now: choose your own password.")
            new = talk.ask_secret("New password (15 characters or more): ")
        except staff.CodeDue:
            code = talk.ask("Code of your authenticator, or a recovery code: ")
        except staff.WrongCode as wrong:
            talk.refuse(wrong)
            code = talk.ask("Code: ")
        except staff.FactorDue as due:
            recovery_codes, code = _set_up_factor(talk, due)
        else:
            if recovery_codes:
                talk.say("Recovery codes, shown only now; each signs you in once:")
                talk.say(*recovery_codes)
            return who


def _set_up_factor(talk: Talk, due: FactorDue) -> tuple[tuple[str, ...], str]:
    """Show the second factor that the role asks for; return its recovery codes and a code."""
    offered = due.enrolment
    if offered is None:
        raise due
    talk.say("Your role asks for a second factor. Type this key into your authenticator:")
    talk.say(offered.key_text)
    return offered.recovery_codes, talk.ask("The six digits that it shows: ")


def _work(talk: Talk, desk: Desk) -> None:
    talk.say(
        phrase(
            "Signed in as {value}, {value2}.",
            value=desk.who.full_name or desk.who.name,
            value2=desk.who.role.value,
        )
    )
    while True:
        words = _words(talk, talk.ask("> "))
        if not words:
            continue
        verb, arguments = words[0].casefold(), words[1:]
        if verb in ("quit", "exit", "logout"):
            desk.sign_out()
            raise Left
        if verb in ("help", "?"):
            talk.say(*help_lines(desk))
            continue
        _run(talk, desk, verb, arguments)


def _words(talk: Talk, line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        talk.say("No: a quotation mark is not closed.")
        return []


def _run(talk: Talk, desk: Desk, verb: str, arguments: Sequence[str]) -> None:
    found = VERBS.get(verb)
    if found is None:
        talk.say(phrase("No: there is no {verb}. Type help.", verb=verb))
        return
    run: Callable[[Desk, Sequence[str]], Said] = found.run
    try:
        talk.say(*run(desk, arguments))
    except Usage:
        talk.say(phrase("Type: {usage}", usage=found.usage))
    except HmsError as error:
        talk.refuse(error)
