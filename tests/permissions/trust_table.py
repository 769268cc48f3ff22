"""Who may do what, as the hospital decided it: the table, kept apart from the manifests.

Columns: administrator, manager, receptionist, nurse, doctor, blood bank, dispatcher.
``h``: in the own hospital; ``o``: own queues, patients, profile; ``-``: seen without
the patient; ``.``: denied.  ``DEVIATIONS`` are cells that a later decision changed.
"""

from __future__ import annotations

from hms.kernel.actor import STAFF_ROLES, Role, Scope

# What was decided for each group of operations.
TABLE: dict[str, str] = {
    "user.create, deactivate, role.set, session.revoke": "h h . . . . .",
    "user.reset": "h h . . . . .",
    "own profile, password, sessions": "o o o o o o o",
    "ward, doctor, room define": "h h . . . . .",
    "patient.register, update": ". h h h . . .",
    "patient.search": ". h h h o . .",
    "patient.import, archive": ". h . . . . .",
    "token.issue, cancel, transfer": ". h h h . . .",
    "token.call_next, start, complete, no_show": ". . . h o . .",
    "token.recall": ". h h h o . .",
    "token.show, list, why": "- h h h o . .",
    "token.public_list": "h h h h h h .",
    "doctor.status": ". h h . o . .",
    "queue.define, notice of own hospital": "h h . . . . .",
    "queue.pause": "h h . . o . .",
    "display.register, revoke": "h h . . . . .",
    "printer: see, settle": "h h h h . . .",
    "kiosk: see, lock": "h h h h . . .",
    "our own processes alone": ". . . . . . .",
    "audit.read, verify": "h h . . . . .",
    "backup, secret.rotate": "h . . . . . .",
    "hospital.list": "h o . . . . .",
    "hospital.define": "h . . . . . .",
    "break-glass alarm": "- h . . . . .",
    "break-glass noted": ". h . . . . .",
}
# By which row each permission is judged.
ROW_OF: dict[str, str] = {
    "profile.own": "own profile, password, sessions",
    "users.see": "user.create, deactivate, role.set, session.revoke",
    "users.manage": "user.create, deactivate, role.set, session.revoke",
    "users.reset": "user.reset",
    "sessions.manage": "user.create, deactivate, role.set, session.revoke",
    "keys.rotate": "backup, secret.rotate",
    "doctors.see": "token.public_list",
    "doctors.define": "ward, doctor, room define",
    "doctors.status": "doctor.status",
    "places.see": "token.public_list",
    "places.define": "ward, doctor, room define",
    "hospitals.see": "hospital.list",
    "hospitals.define": "hospital.define",
    "patients.register": "patient.register, update",
    "patients.edit": "patient.register, update",
    "patients.search": "patient.search",
    "patients.import": "patient.import, archive",
    "patients.archive": "patient.import, archive",
    "accesses.see": "break-glass alarm",
    "accesses.acknowledge": "break-glass noted",
    "tokens.issue": "token.issue, cancel, transfer",
    "tokens.cancel": "token.issue, cancel, transfer",
    "tokens.transfer": "token.issue, cancel, transfer",
    "tokens.call": "token.call_next, start, complete, no_show",
    "tokens.recall": "token.recall",
    "tokens.see": "token.show, list, why",
    "queues.see": "token.public_list",
    "queues.define": "queue.define, notice of own hospital",
    "queues.pause": "queue.pause",
    "notices.see": "token.public_list",
    "notices.write": "queue.define, notice of own hospital",
    "displays.see": "token.public_list",
    "displays.manage": "display.register, revoke",
    "displays.report": "our own processes alone",
    "kiosks.see": "kiosk: see, lock",
    "kiosks.lock": "kiosk: see, lock",
    "kiosks.manage": "display.register, revoke",
    "kiosks.serve": "our own processes alone",
    "printing.slips": "token.issue, cancel, transfer",
    "printing.see": "printer: see, settle",
    "printing.settle": "printer: see, settle",
    "printing.drive": "our own processes alone",
    "audit.read": "audit.read, verify",
    "backup.make": "backup, secret.rotate",
}
# Decided later than the table; docs/permissions.md says each of them.
DEVIATIONS: dict[tuple[str, Role], Scope] = {
    # A doctor sends a patient of the own queue on to the laboratory.
    ("tokens.transfer", Role.DOCTOR): Scope.OWN,
    # A queue made with --desk-calls is called by the front desk.
    ("tokens.call", Role.RECEPTIONIST): Scope.ALLOWED,
    # The administrator sees no patient, in the audit either.
    ("audit.read", Role.ADMIN): Scope.MASKED,
}
_SIGNS = {"h": Scope.HOSPITAL, "o": Scope.OWN, "-": Scope.MASKED, ".": None}


def decided(permission: str) -> dict[Role, Scope]:
    """Return which roles of people hold ``permission``, and how far."""
    cells = dict(zip(STAFF_ROLES, TABLE[ROW_OF[permission]].split(), strict=True))
    held = {role: DEVIATIONS.get((permission, role), _SIGNS[cells[role]]) for role in STAFF_ROLES}
    return {role: scope for role, scope in held.items() if scope is not None}
