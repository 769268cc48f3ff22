"""Queues and walk-in tokens: issued at the desk, called by the doctor, shown on the wall."""

from hms.kernel.actor import Permission, Role, Scope
from hms.kernel.feature import Command, Feature, Reaction

_H, _OWN, _ALLOWED, _MASKED = Scope.HOSPITAL, Scope.OWN, Scope.ALLOWED, Scope.MASKED
_FRONT = {Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.NURSE: _H, Role.SERVICE: _H}
_CALLING = {Role.NURSE: _H, Role.DOCTOR: _OWN, Role.RECEPTIONIST: _ALLOWED, Role.SERVICE: _H}

FEATURE = Feature(
    name="tokens",
    help="queues, tokens, calls",
    models=("hms.features.tokens.model", "hms.features.tokens.model_aside"),
    events="hms.features.tokens.events",
    numbers="hms.features.tokens.service.restoring:NUMBERS",
    invariants="hms.features.tokens.queries.invariants:INVARIANTS",
    slips="hms.features.tokens.slip:SLIPS",
    reactions=(Reaction("room_renamed", "hms.features.tokens.service.rooms:follow_room"),),
    permissions=(
        Permission("tokens.issue", "give out a token, attach its patient", _FRONT),
        Permission("tokens.cancel", "cancel a token, note that the patient left", _FRONT),
        Permission("tokens.transfer", "send on to another queue", {**_FRONT, Role.DOCTOR: _OWN}),
        Permission("tokens.call", "call, start, complete, hold, no-show, rejoin", _CALLING),
        Permission(
            "tokens.recall",
            "call a called token once more",
            {**_FRONT, Role.DOCTOR: _OWN},
        ),
        Permission(
            "tokens.see",
            "see tokens, their place and why",
            {
                **_FRONT,
                Role.ADMIN: _MASKED,
                Role.DOCTOR: _OWN,
            },
        ),
        Permission(
            "queues.see",
            "see queues and how many wait (what the wall shows)",
            {
                Role.ADMIN: _H,
                Role.MANAGER: _H,
                Role.RECEPTIONIST: _H,
                Role.NURSE: _H,
                Role.DOCTOR: _H,
                Role.BLOOD_BANK: _H,
                Role.SERVICE: _H,
            },
        ),
        Permission(
            "queues.define",
            "add and change queues, close the day",
            {Role.ADMIN: _H, Role.MANAGER: _H, Role.SERVICE: _H},
        ),
        Permission(
            "queues.pause",
            "pause and open a queue",
            {Role.ADMIN: _H, Role.MANAGER: _H, Role.DOCTOR: _OWN, Role.SERVICE: _H},
        ),
    ),
    commands=(
        Command(
            "queue",
            "queues: add, list, pause, open, close the day",
            "hms.features.tokens.queue_commands:app",
        ),
        Command("token", "tokens: issue, call, complete …", "hms.features.tokens.commands:app"),
        Command(
            "print",
            "paper: preview, jobs, retry, numbers for downtime",
            "hms.features.tokens.print_commands:app",
        ),
    ),
)
