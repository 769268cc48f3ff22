"""The demo's accounts: the only known passwords there are, and only in a demo's database."""

from __future__ import annotations

from dataclasses import dataclass

from hms.bootstrap import Application
from hms.features.staff import service as staff
from hms.infra import passwords
from hms.infra.passwords import OneTimeSecret
from hms.infra.sessions import SignedIn
from hms.kernel.actor import Role
from hms.kernel.i18n import phrase

PASSWORD = "sunny day today"  # noqa: S105 - shown on the demo's sign-in screen
DOCTOR = "doctor"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody a newcomer may be; ``says`` tells what for."""

    login: str
    role: Role
    full_name: str
    says: str
    password: str = PASSWORD

    def as_json(self) -> dict[str, str]:
        """Return the account as the demo prints it."""
        return {
            "name": self.login,
            "password": self.password,
            "role": self.role.value,
            "full_name": self.full_name,
            "says": self.says,
        }


ACCOUNTS = (
    Account(
        "reception", Role.RECEPTIONIST, "Rosa Lindqvist", phrase("find or register, give tokens")
    ),
    Account(DOCTOR, Role.DOCTOR, "Dr Amina Farouk", phrase("call and serve family medicine")),
    Account("nurse", Role.NURSE, "Tomás Ferreira", phrase("give tokens and call for every queue")),
    Account("manager", Role.MANAGER, "Ingrid Bauer", phrase("queues, staff, notices")),
    Account("admin", Role.ADMIN, "Samuel Okafor", phrase("users and settings")),
    Account("bloodbank", Role.BLOOD_BANK, "Meera Nair", phrase("sees the queues")),
    Account("dispatch", Role.DISPATCHER, "Luca Rossi", phrase("dispatches")),
)


def add_accounts(application: Application, who: SignedIn, secret: OneTimeSecret) -> None:
    """Add every account and set its password by the front door: a first sign-in with ``secret``."""
    for account in ACCOUNTS:
        added = staff.AddUser(account.login, account.role.value, account.full_name)
        application.do_now(who, staff.add_user, added, secret)
        staff.sign_in_now(
            application.db, account.login, secret.text, "demo set-up", account.password
        )


def fresh_secret() -> OneTimeSecret:
    """Return a one-time secret for all who are added; it is used up before the demo opens."""
    return passwords.one_time_secret()
