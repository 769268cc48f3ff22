"""Upkeep: who may read the audit, and who keeps the hospital's data safe."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Command, Feature

_H = Scope.HOSPITAL

FEATURE = Feature(
    name="upkeep",
    help="audit, backups",
    permissions=(
        Permission(
            "audit.read",
            "read and verify the audit",
            {Role.ADMIN: Scope.MASKED, Role.MANAGER: _H},
        ),
        Permission(
            "backup.make",
            "back up the database, verify a backup, check the database",
            {Role.ADMIN: _H, Role.SERVICE: _H},
        ),
    ),
    commands=(Command("audit", "the audit: show, verify", "hms.features.upkeep.commands:app"),),
)
