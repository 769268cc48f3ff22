"""What the hospital tells everybody in its halls: notices on the wall, and the screens there."""

from hms.kernel.actor import STAFF_ROLES, Permission, Role, Scope
from hms.kernel.feature import Command, Feature, Job

_H = Scope.HOSPITAL
_SERVICE = "hms.features.displays.service"
_RULES = "hms.features.displays.rules"

FEATURE = Feature(
    name="displays",
    help="notices on the wall, the screens in the halls",
    models=("hms.features.displays.model",),
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
        Permission(
            "displays.see",
            "see the screens, and what became of a call on each",
            {role: _H for role in (*STAFF_ROLES, Role.SERVICE) if role is not Role.DISPATCHER},
        ),
        Permission(
            "displays.manage",
            "pair a screen, send it away, reload it, let it say its name",
            {Role.ADMIN: _H, Role.MANAGER: _H},
        ),
        Permission(
            "displays.report",
            "pass on what screens report (the display server's worker)",
            {Role.SERVICE: _H},
        ),
    ),
    commands=(
        Command(
            "notice",
            "notices on the wall: add, list, remove",
            "hms.features.displays.commands.notices:app",
        ),
        Command(
            "display",
            "screens: pair, list, revoke, reload, identify",
            "hms.features.displays.commands.screens:app",
        ),
    ),
    jobs=(
        Job("displays.report", f"{_RULES}:read_reports", f"{_SERVICE}:take_reports"),
        Job("displays.listen", f"{_RULES}:read_token", f"{_SERVICE}:listener", looks=True),
        Job("displays.claim", f"{_RULES}:read_claim", f"{_SERVICE}:claim_pairing"),
    ),
)
