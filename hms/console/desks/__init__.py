"""The desks: which screen a role works at, composed of the features' panels.

Each desk is a string target, imported when somebody of its role signs in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hms.kernel.actor import Role
from hms.kernel.feature import load

if TYPE_CHECKING:
    from hms.kit.base import HmsScreen

DESKS: dict[Role, str] = {
    Role.DOCTOR: "hms.console.desks.doctor:DoctorDesk",
    Role.NURSE: "hms.console.desks.doctor:NurseDesk",
    Role.RECEPTIONIST: "hms.console.desks.reception:ReceptionDesk",
    Role.MANAGER: "hms.console.desks.admin:AdminDesk",
    Role.ADMIN: "hms.console.desks.admin:AdminDesk",
}
OTHER = "hms.console.desks.own:OwnDesk"


def desk_for(role: Role) -> HmsScreen[None]:
    """Return a new desk for ``role``; every role has at least its own profile."""
    desk: HmsScreen[None] = load(DESKS.get(role, OTHER))()
    return desk
