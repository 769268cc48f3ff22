"""Patients: registered once, found as one types, never lost."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Command, Feature

_H, _OWN = Scope.HOSPITAL, Scope.OWN
_FRONT = {Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H, Role.SERVICE: _H}
_MANAGING = {Role.MANAGER: _H, Role.SERVICE: _H}

FEATURE = Feature(
    name="patients",
    help="patients: register, find, import",
    models=("hms.features.patients.model",),
    events="hms.features.patients.events",
    numbers="hms.features.patients.service.restoring:NUMBERS",
    permissions=(
        Permission("patients.register", "register a patient, known or unknown", _FRONT),
        Permission("patients.edit", "change what is recorded of a patient", _FRONT),
        Permission(
            "patients.search",
            "find and see patients (a doctor: any other one for a reason, which is recorded)",
            {**_FRONT, Role.DOCTOR: _OWN},
        ),
        Permission("patients.import", "import patients from a file", _MANAGING),
        Permission("patients.archive", "archive a patient, and take one back", _MANAGING),
        Permission(
            "accesses.see",
            "see who opened a record with a reason",
            {Role.MANAGER: _H, Role.ADMIN: Scope.MASKED},
        ),
        Permission(
            "accesses.acknowledge",
            "take note that a record was opened with a reason",
            {Role.MANAGER: _H},
        ),
    ),
    commands=(
        Command(
            "patient",
            "patients: add, search, show, edit, archive, import, access",
            "hms.features.patients.commands:app",
        ),
    ),
)
