"""Machines in the hall at which patients take a number themselves."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Command, Feature, Job

_H = Scope.HOSPITAL
_SERVICE = "hms.features.kiosks.service"
_RULES = "hms.features.kiosks.rules"

FEATURE = Feature(
    name="kiosks",
    help="self-service kiosks in the halls",
    models=("hms.features.kiosks.model",),
    events="hms.features.kiosks.events",
    permissions=(
        Permission(
            "kiosks.see",
            "see the self-service kiosks, and what each gave out today",
            {Role.ADMIN: _H, Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H},
        ),
        Permission(
            "kiosks.lock",
            "lock a self-service kiosk, open it again",
            {Role.ADMIN: _H, Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H},
        ),
        Permission(
            "kiosks.manage",
            "pair a self-service kiosk, send it away",
            {Role.ADMIN: _H, Role.MANAGER: _H},
        ),
        Permission(
            "kiosks.serve",
            "give out numbers at a kiosk (the display server's worker)",
            {Role.SERVICE: _H},
        ),
    ),
    commands=(
        Command(
            "kiosk",
            "self-service kiosks: pair, list, lock, unlock, revoke",
            "hms.features.kiosks.commands:app",
        ),
    ),
    jobs=(
        Job("kiosks.menu", f"{_RULES}:read_look", f"{_SERVICE}:menu", looks=True),
        Job("kiosks.take", f"{_RULES}:read_take", f"{_SERVICE}:take_number"),
    ),
)
