"""Patients: registered once, found as one types, never lost."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Command, Feature

_H, _OWN = Scope.HOSPITAL, Scope.OWN
_FRONT = {Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H, Role.SERVICE: _H}
_MANAGING = {Role.MANAGER: _H, Role.SERVICE: _H}

FEATURE = Feature(
    name="patients",
    help="patients: register, find, import",
    models="hms.features.patients.model",
    permissions=(
        Permission("patients.register", "register a patient, known or unknown", _FRONT),
        Permission("patients.edit", "change what is recorded of a patient", _FRONT),
        Permission("patients.search", "find and see patients", {**_FRONT, Role.DOCTOR: _OWN}),
        Permission("patients.import", "import patients from a file", _MANAGING),
        Permission("patients.archive", "archive a patient, and take one back", _MANAGING),
    ),
    commands=(
        Command(
            "patient",
            "patients: add, search, show, edit, archive, import",
            "hms.features.patients.commands:app",
        ),
    ),
)
