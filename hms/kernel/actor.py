"""Who acts, and what they may do; nothing granted means no."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hms.kernel.errors import NotPermitted
from hms.kernel.i18n import phrase, word


class Role(StrEnum):
    """The seven roles of a hospital's staff, and the service account of our own processes."""

    ADMIN = "admin"
    MANAGER = "manager"
    RECEPTIONIST = "receptionist"
    NURSE = "nurse"
    DOCTOR = "doctor"
    BLOOD_BANK = "blood_bank"
    DISPATCHER = "dispatcher"
    SERVICE = "service"


STAFF_ROLES: tuple[Role, ...] = tuple(r for r in Role if r is not Role.SERVICE)


class Scope(StrEnum):
    """How far a permission reaches."""

    HOSPITAL = "hospital"
    OWN = "own"  # own queues, own patients, own profile
    ALLOWED = "allowed"  # only where a queue's setting lets the front desk do it
    MASKED = "masked"  # seen, but without the patient


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that can be allowed, and which roles hold it how far."""

    name: str
    help: str
    roles: dict[Role, Scope] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, made from a verified session.

    ``grants`` maps a permission's name to its scope.  ``terminal`` names the
    place the person sits at, for audit and throttling.
    """

    user_id: int | None
    name: str
    role: Role
    hospital_id: int
    grants: dict[str, Scope]
    session_id: int | None = None
    terminal: str = ""
    full_name: str = ""

    def scope(self, permission: str) -> Scope | None:
        """Return how far ``permission`` reaches for this actor, None when not at all."""
        return self.grants.get(permission)

    def may(self, permission: str) -> bool:
        """Return whether the actor holds ``permission`` in any scope."""
        return permission in self.grants

    def require(self, permission: str) -> Scope:
        """Return the scope of ``permission``.

        Raises:
            NotPermitted: the role does not hold it.
        """
        scope = self.grants.get(permission)
        if scope is None:
            refusal = NotPermitted(
                phrase(
                    "the role {role} does not allow this ({permission})",
                    role=word(self.role.value.replace("_", " ")),
                    permission=permission,
                ),
                hint="ask someone whose role allows it; see: hms permissions",
            )
            refusal.permission = permission
            raise refusal
        return scope
