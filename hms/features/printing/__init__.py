"""The spool: what is to be printed, printed once, and what became of it."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Feature

_H = Scope.HOSPITAL
_FRONT = {Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H, Role.SERVICE: _H}

FEATURE = Feature(
    name="printing",
    help="slips and printers",
    models=("hms.features.printing.model",),
    events="hms.features.printing.events",
    permissions=(
        Permission("printing.slips", "have slips printed, with a token and again", _FRONT),
        Permission(
            "printing.see",
            "see what is printed and what waits for the printer",
            {**_FRONT, Role.ADMIN: _H},
        ),
        Permission(
            "printing.settle",
            "print what failed again, say that a doubtful slip came out",
            {**_FRONT, Role.ADMIN: _H},
        ),
        Permission("printing.drive", "drive a printer", {Role.SERVICE: _H}),
    ),
)
