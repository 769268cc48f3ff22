"""What staff use cases refuse, each with its own code."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from hms.kernel.errors import NotFound, NotPermitted, NotSignedIn, Refused


class WrongPassword(NotSignedIn):
    """No such name, not its password, or a disabled account; which of them is not told."""

    code = "session.wrong_password"
    hint = "try again, or ask an administrator for: hms user reset NAME"

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong")


class TooManyTries(NotPermitted):
    """Too many wrong passwords; ``seconds`` to wait, None for until an administrator unlocks."""

    code = "session.too_many_tries"

    def __init__(self, seconds: int | None) -> None:
        self.seconds = seconds
        if seconds is None:
            super().__init__(
                "too many wrong passwords: this account is closed at this terminal",
                hint="an administrator can open it: hms user unlock NAME",
            )
        else:
            unit = "second" if seconds == 1 else "seconds"
            super().__init__(
                f"too many wrong passwords: wait {seconds} {unit}", hint="then try again"
            )


class NewPasswordDue(NotPermitted):
    """The password was right but is a one-time secret: a new one must be given with it."""

    code = "session.new_password_due"
    hint = "give a new password of at least 15 characters together with the one-time secret"

    def __init__(self) -> None:
        super().__init__("a new password is due")


class UserUnknown(NotFound):
    """There is no user of that name."""

    code = "users.unknown"
    hint = "see: hms user list"


class NameTaken(Refused):
    """Another user has the login name."""

    code = "users.name_taken"
    hint = "take another name; names are never used twice"


class LastAdministrator(Refused):
    """Nobody would be left to administer the hospital."""

    code = "users.last_administrator"
    hint = "make another administrator first"


class NotYourself(Refused):
    """Something that one cannot do to one's own account."""

    code = "users.not_yourself"


class DoctorUnknown(NotFound):
    """There is no doctor of that name."""

    code = "doctors.unknown"
    hint = "see: hms doctor list"


class LicenceTaken(Refused):
    """Another doctor has the licence number."""

    code = "doctors.licence_taken"
    hint = "check the number; each licence belongs to one doctor"


class NotOwnStatus(NotPermitted):
    """A doctor sets their own status, and nobody else's."""

    code = "doctors.not_own_status"
    hint = "ask the reception or the manager"


class RoomUnknown(NotFound):
    """There is no room of that name."""

    code = "rooms.unknown"
    hint = "see: hms room list"


class RoomTaken(Refused):
    """There is a room of that name already."""

    code = "rooms.name_taken"


class DepartmentTaken(Refused):
    """There is a department of that name already."""

    code = "departments.name_taken"


def broke(error: IntegrityError, constraint: str, column: str) -> bool:
    """Return whether ``error`` is about our ``constraint`` (PostgreSQL) on ``column`` (SQLite)."""
    said = str(error.orig)
    return constraint in said or column in said
