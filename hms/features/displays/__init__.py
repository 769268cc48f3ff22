"""What the hospital tells everybody in its halls: notices on the wall."""

from hms.kernel.actor import STAFF_ROLES, Permission, Role, Scope
from hms.kernel.feature import Command, Feature

_H = Scope.HOSPITAL

FEATURE = Feature(
    name="displays",
    help="notices on the wall",
    models="hms.features.displays.model",
    events="hms.features.displays.events",
    permissions=(
        Permission(
            "notices.see",
            "see the notices on the wall",
            {role: _H for role in (*STAFF_ROLES, Role.SERVICE) if role is not Role.DISPATCHER},
        ),
        Permission(
            "notices.write",
            "put a notice on the wall, take it off",
            {Role.ADMIN: _H, Role.MANAGER: _H, Role.SERVICE: _H},
        ),
    ),
    commands=(
        Command(
            "notice", "notices on the wall: add, list, remove", "hms.features.displays.commands:app"
        ),
    ),
)
