"""A hospital on a real database, its first administrator, and ways to sign in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hms.bootstrap import Application, wire
from hms.features.staff import service
from hms.infra.keys import create_keys
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.sessions import SignedIn
from hms.infra.settings import Hospital, Settings
from hms.kernel import clock
from tests.support import empty_at

PASSWORD = "green tractor over the hill"
HIRE_SECRET = "tahn9-bxezm-xm748-kebw3-za98f"
DESK, ELSEWHERE = "desk-1", "desk-2"


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **amount: float) -> None:
        """Let time pass, as ``timedelta`` takes it."""
        self.at += timedelta(**amount)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The hospital's clock."""
    source = Watch()
    with clock.replaced(source):
        yield source


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings of a hospital whose data lies in the test's folder."""
    with empty_at(tmp_path / "data" / "hms.db", hospital=Hospital(name="St Mary")) as made:
        yield made


@pytest.fixture
def app(settings: Settings, watch: Watch) -> Iterator[Application]:
    """An opened hospital with the administrator "root"."""
    application = wire(settings, create=True)
    create_keys(settings)
    service.ensure_first_admin_now(application.db, "root", PASSWORD)
    yield application
    application.close_now()


@pytest.fixture
def root(app: Application) -> SignedIn:
    """The administrator, signed in at desk 1."""
    return service.sign_in_now(app.db, "root", PASSWORD, DESK)


@pytest.fixture
def hire_secret() -> OneTimeSecret:
    """The one-time secret that all who are hired in tests get."""
    return OneTimeSecret(HIRE_SECRET, make_hash(HIRE_SECRET))


Hire = Callable[..., SignedIn]


@pytest.fixture
def hire(app: Application, root: SignedIn, hire_secret: OneTimeSecret) -> Hire:
    """Add a user and sign them in: ``hire("asha", "doctor", "desk-2")``."""

    def do(name: str, role: str, terminal: str = DESK) -> SignedIn:
        command = service.AddUser(name=name, role=role)
        app.do_now(root, service.add_user, command, hire_secret)
        return service.sign_in_now(app.db, name, HIRE_SECRET, terminal, PASSWORD)

    return do
