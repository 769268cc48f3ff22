"""Staff: users and their roles, doctors, rooms and departments, sign-in and sessions."""

from hms.kernel.actor import STAFF_ROLES, Permission, Role, Scope
from hms.kernel.feature import Command, Feature

_H, _OWN = Scope.HOSPITAL, Scope.OWN
_HEADS = {Role.ADMIN: _H, Role.MANAGER: _H, Role.SERVICE: _H}
_WARDS = {Role.RECEPTIONIST: _H, Role.NURSE: _H, Role.DOCTOR: _H, Role.BLOOD_BANK: _H}
_COMMANDS = "hms.features.staff.commands"
_SIGN_IN = "hms.features.staff.sign_in_commands"

FEATURE = Feature(
    name="staff",
    help="users, doctors, rooms, sign-in",
    models=(
        "hms.features.staff.model",
        "hms.features.staff.model_places",
        "hms.features.staff.model_sign_in",
    ),
    events="hms.features.staff.events",
    permissions=(
        Permission(
            "profile.own",
            "one's own password, second factor and sessions",
            dict.fromkeys(STAFF_ROLES, _OWN),
        ),
        Permission("users.see", "see users and their roles", _HEADS),
        Permission(
            "users.manage",
            "add, enable and disable users, change roles (a manager: below managers)",
            _HEADS,
        ),
        Permission(
            "users.reset",
            "give a user a one-time secret, forgive failed sign-ins, remove a lost second factor "
            "(a manager: below managers)",
            _HEADS,
        ),
        Permission(
            "sessions.manage",
            "see and end the sessions of others (a manager: below managers)",
            {Role.ADMIN: _H, Role.MANAGER: _H},
        ),
        Permission(
            "keys.rotate",
            "let a new key sign the sessions",
            {Role.ADMIN: _H, Role.SERVICE: _H},
        ),
        Permission("doctors.see", "see doctors, rooms, status", {**_HEADS, **_WARDS}),
        Permission("doctors.define", "set a doctor's speciality, licence, room", _HEADS),
        Permission(
            "doctors.status",
            "say that a doctor is online, busy, paused or offline",
            {Role.MANAGER: _H, Role.RECEPTIONIST: _H, Role.DOCTOR: _OWN, Role.SERVICE: _H},
        ),
        Permission("places.see", "see rooms and departments", {**_HEADS, **_WARDS}),
        Permission(
            "hospitals.see",
            "see the hospitals of the installation (a manager: the own one)",
            {Role.ADMIN: _H, Role.MANAGER: _OWN, Role.SERVICE: _H},
        ),
        Permission(
            "hospitals.define", "add and name hospitals", {Role.ADMIN: _H, Role.SERVICE: _H}
        ),
        Permission("places.define", "add and rename rooms and departments", _HEADS),
    ),
    commands=(
        Command("login", "sign in at this terminal", f"{_SIGN_IN}:login", group=False),
        Command("logout", "sign out at this terminal", f"{_SIGN_IN}:logout", group=False),
        Command("whoami", "who is signed in at this terminal", f"{_SIGN_IN}:whoami", group=False),
        Command("password", "change your own password", f"{_SIGN_IN}:password", group=False),
        Command(
            "second-factor",
            "your second factor: enrol, confirm, remove, status",
            f"{_SIGN_IN}:factor",
        ),
        Command("session", "open sessions: list, end", f"{_SIGN_IN}:session"),
        Command("key", "the keys that sign sessions: list, rotate", f"{_SIGN_IN}:key"),
        Command(
            "user", "users: add, list, disable, enable, reset, unlock, role", f"{_COMMANDS}:user"
        ),
        Command("doctor", "doctors: set, status, list", f"{_COMMANDS}:doctor"),
        Command("room", "rooms: list, add, rename", f"{_COMMANDS}:room"),
        Command("hospital", "hospitals of a chain: list, add, rename", f"{_COMMANDS}:hospital"),
        Command("department", "departments: list, add", f"{_COMMANDS}:department"),
    ),
)
