"""The errors a user may see: each has a stable code, a plain sentence and a hint.

The command line maps the class to an exit code (contracts.md 2), the console to
a message beside the field that ``field`` names.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    PROBLEMS_FOUND = 3
    NOT_PERMITTED = 4
    NOT_FOUND = 5
    REFUSED = 6
    UNAVAILABLE = 7
    INTERRUPTED = 130


class HmsError(Exception):
    """Base of every error of our own.

    ``code`` is stable and made of room and word (``tokens.nothing_waiting``);
    ``message`` says what was wrong, ``hint`` what to do, ``field`` where.
    """

    code: ClassVar[str] = "hms.unexpected"
    exit: ClassVar[Exit] = Exit.UNEXPECTED
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        self.field = field

    def as_dict(self) -> dict[str, object]:
        """Return the error as the ``error`` object of ``--json``."""
        out: dict[str, object] = {"code": self.code, "message": self.message, "hint": self.hint}
        if self.field:
            out["field"] = self.field
        return out


class InvalidInput(HmsError):
    """A value that nobody could mean; ``field`` names it."""

    code = "input.invalid"
    exit = Exit.USAGE


class NotPermitted(HmsError):
    """Who acts may not do this; ``permission`` is the one that is missing, where it is one."""

    code = "access.not_permitted"
    exit = Exit.NOT_PERMITTED
    permission: str | None = None


class NotSignedIn(HmsError):
    """Nobody is signed in, or the session has ended."""

    code = "access.not_signed_in"
    exit = Exit.NOT_PERMITTED
    hint = "sign in with: hms login NAME"


class NotFound(HmsError):
    """There is no such record."""

    code = "record.not_found"
    exit = Exit.NOT_FOUND


class Refused(HmsError):
    """A rule of the hospital, or a conflict with what others did, says no."""

    code = "rule.refused"
    exit = Exit.REFUSED


class Unavailable(HmsError):
    """The database cannot be reached, or is busy."""

    code = "database.unavailable"
    exit = Exit.UNAVAILABLE


class ProblemsFound(HmsError):
    """A check or a verification found problems."""

    code = "check.problems"
    exit = Exit.PROBLEMS_FOUND
