"""Who may manage whom, what a login name looks like, and what a doctor's status means."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from hms.kernel.actor import STAFF_ROLES, Role
from hms.kernel.errors import InvalidInput, NotPermitted
from hms.kernel.i18n import phrase

LOGIN_MAX = 64
REASON_MAX = 120
NO_REASON = "none given"
_LOGIN_SIGNS = frozenset("._-@")
_ABOVE_MANAGERS = frozenset({Role.ADMIN, Role.MANAGER})


class DoctorStatus(StrEnum):
    """Whether a doctor is at work; it informs, and never refuses an issue or a call."""

    ONLINE = "online"
    BUSY = "busy"
    PAUSED = "paused"
    OFFLINE = "offline"


class EndReason(StrEnum):
    """Why a session ended."""

    SIGNED_OUT = "signed_out"
    EXPIRED = "expired"
    REUSED = "refresh_token_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a secret
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a reason, not a secret
    DISABLED = "user_disabled"
    RESTORED = "database_restored"
    ENDED = "ended_by_hand"
    KEY_REPLACED = "key_replaced"


class MayNotManage(NotPermitted):
    """Someone's role is too high for who acts to manage them."""

    code = "staff.may_not_manage"


def login_key(name: str) -> str:
    """Return ``name`` as it is compared: one form and one case for every keyboard."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def login_name(name: str) -> str:
    """Return ``name`` in the form that is kept when it may become a login name.

    Raises:
        InvalidInput: empty, too long, or with other than letters, digits and ``. _ - @``.
    """
    key = login_key(name[: 4 * LOGIN_MAX])
    if len(key) > LOGIN_MAX or len(name) > 4 * LOGIN_MAX:
        raise InvalidInput(
            "name is too long",
            hint=phrase("use at most {login_max} characters", login_max=LOGIN_MAX),
            field="name",
        )
    if not key[:1].isalnum() or not all(map(_in_login, key)):
        raise InvalidInput(
            "name is not a login name",
            hint="use letters, digits and . _ - @, a letter or digit first, no spaces",
            field="name",
        )
    return key


def _in_login(character: str) -> bool:
    """Return whether a login name may hold ``character``; vowel signs are marks, not letters."""
    return (
        character.isalnum()
        or character in _LOGIN_SIGNS
        or unicodedata.category(character) in ("Mn", "Mc")
    )


def staff_role(name: str) -> Role:
    """Return the role called ``name``.

    Raises:
        InvalidInput: there is no such role for people.
    """
    for role in STAFF_ROLES:
        if role.value == name.strip().casefold().replace("-", "_"):
            return role
    known = ", ".join(role.value for role in STAFF_ROLES)
    raise InvalidInput(
        "role is not known", hint=phrase("take one of: {known}", known=known), field="role"
    )


def doctor_status(name: str) -> DoctorStatus:
    """Return the status called ``name``.

    Raises:
        InvalidInput: there is no such status.
    """
    try:
        return DoctorStatus(name.strip().casefold())
    except ValueError:
        known = ", ".join(DoctorStatus)
        raise InvalidInput(
            "status is not known", hint=phrase("take one of: {known}", known=known), field="status"
        ) from None


def status_reason(status: DoctorStatus, reason: str) -> str | None:
    """Return the reason that is kept with ``status``: a pause always has one."""
    return reason or (NO_REASON if status is DoctorStatus.PAUSED else None)


def require_may_manage(actor: Role, *targets: Role) -> None:
    """Check that who acts in the role ``actor`` may manage people of the roles ``targets``.

    An administrator and our own processes manage everybody; a manager everybody
    but administrators and managers.

    Raises:
        MayNotManage: one of the roles is too high.
    """
    for target in targets:
        if not may_manage(actor, target):
            raise MayNotManage(
                phrase(
                    "a {value} may not manage a user whose role is {value2}",
                    value=actor.value,
                    value2=target.value,
                ),
                hint="ask an administrator",
            )


def may_manage(actor: Role, target: Role) -> bool:
    """Return whether who acts in the role ``actor`` may manage somebody of the role ``target``."""
    return actor in (Role.ADMIN, Role.SERVICE) or target not in _ABOVE_MANAGERS
