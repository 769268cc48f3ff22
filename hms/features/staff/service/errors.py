"""What staff use cases refuse, each with its own code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from hms.kernel.errors import NotFound, NotPermitted, NotSignedIn, Refused
from hms.kernel.i18n import phrase

if TYPE_CHECKING:
    from hms.infra.second_factor import Enrolment


class WrongPassword(NotSignedIn):
    """No such name, not its password, or a disabled account; which of them is not told."""

    code = "session.wrong_password"
    hint = "try again, or ask an admin for a new one"

    def __init__(self) -> None:
        super().__init__("the name or the password is wrong")


class CodeDue(NotSignedIn):
    """The password was right; the code of the second factor is asked for with it."""

    code = "session.code_due"
    hint = "give the six digits of your authenticator, or a recovery code, with the password"

    def __init__(self) -> None:
        super().__init__("the code of your second factor is asked for")


class WrongCode(NotSignedIn):
    """A code that is wrong, of another time, or used already."""

    code = "session.wrong_code"
    hint = "wait for the next code; each is taken once. Or use a recovery code"

    def __init__(self) -> None:
        super().__init__("this code is not right")


class FactorDue(NotSignedIn):
    """The role asks for a second factor and there is none: nothing else can be done before.

    ``enrolment`` is what the authenticator is told, when it comes after a right password.
    """

    code = "session.second_factor_due"
    hint = "sign in at a terminal to set it up: hms login NAME"

    def __init__(self, enrolment: Enrolment | None = None) -> None:
        super().__init__("your role asks for a second factor, which you have not set up yet")
        self.enrolment = enrolment


class FactorThere(Refused):
    """There is a second factor that counts already."""

    code = "second_factor.there_already"
    hint = "remove it first: hms second-factor remove"

    def __init__(self) -> None:
        super().__init__("you have a second factor already")


class NoFactor(Refused):
    """There is no second factor of the kind that is needed."""

    code = "second_factor.none"
    hint = "set one up with: hms second-factor enrol"


class SessionUnknown(NotFound):
    """There is no such open session."""

    code = "sessions.unknown"
    hint = "see: hms session list"


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
                phrase(
                    "too many wrong passwords: wait {seconds} {unit}", seconds=seconds, unit=unit
                ),
                hint="then try again",
            )


class NewPasswordDue(NotSignedIn):
    """The password was right but is a one-time secret: a new one must be given with it."""

    code = "session.new_password_due"
    hint = (
        "give a new password together with the present one: at least 15 characters, or 8 when "
        "you have a second factor"
    )

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


class NotAdministrator(Refused):
    """Only an administrator is helped on the machine itself."""

    code = "users.not_administrator"
    hint = "an administrator helps everybody else: hms user reset NAME"


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


class HospitalUnknown(NotFound):
    """The installation has no hospital of that code."""

    code = "hospitals.unknown"
    hint = "see: hms hospital list; and [hospital] code"


class HospitalTaken(Refused):
    """There is a hospital of that code already."""

    code = "hospitals.code_taken"


class OtherHospital(NotSignedIn):
    """The account is of another hospital of the installation than this desk."""

    code = "access.other_hospital"
    hint = "sign in at a desk of your own hospital, or ask an administrator"


def broke(error: IntegrityError, constraint: str, column: str) -> bool:
    """Return whether ``error`` is about our ``constraint`` (PostgreSQL) on ``column`` (SQLite)."""
    said = str(error.orig)
    return constraint in said or column in said
