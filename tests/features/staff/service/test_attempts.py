"""Failed sign-ins in the database: counted before they are weighed, forgotten in time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from hms.bootstrap import Application
from hms.features.staff.model_sign_in import SignInThrottle
from hms.features.staff.service import attempts
from hms.features.staff.service.errors import TooManyTries
from hms.infra.tables import table_of


def tries(app: Application, account: str, terminal: str, times: int) -> None:
    for _ in range(times):
        app.db.write_now(lambda work: attempts.count_attempt(work, account, terminal, None))


def kept(app: Application) -> list[tuple[str, str, int]]:
    throttle = table_of(SignInThrottle)
    rows = select(throttle.c.account, throttle.c.terminal, throttle.c.failures)
    return [tuple(row) for row in app.db.read_now(lambda work: work.db.execute(rows).all())]


def test_tries_are_counted_by_account_and_terminal(app: Application) -> None:
    tries(app, "a", "desk-1", 3)
    tries(app, "a", "desk-2", 1)
    tries(app, "b", "desk-1", 1)
    assert kept(app) == [("a", "desk-1", 3), ("a", "desk-2", 1), ("b", "desk-1", 1)]


def test_a_try_during_a_wait_is_refused_and_not_counted(app: Application) -> None:
    tries(app, "a", "desk-1", 5)
    for _ in range(3):
        with pytest.raises(TooManyTries):
            tries(app, "a", "desk-1", 1)
    assert kept(app) == [("a", "desk-1", 5)]


def test_a_right_password_forgives_its_own_terminal_an_unlock_all(app: Application) -> None:
    tries(app, "a", "desk-1", 3)
    tries(app, "a", "desk-2", 2)
    assert app.db.write_now(lambda work: attempts.forgive(work, "a", "desk-1")) == 3
    assert kept(app) == [("a", "desk-2", 2)]
    assert app.db.write_now(lambda work: attempts.forgive(work, "a")) == 2
    assert app.db.write_now(lambda work: attempts.forgive(work, "a")) == 0


def test_old_failures_are_forgotten(app: Application, watch: Any) -> None:
    tries(app, "a", "desk-1", 5)
    watch.pass_(days=31)
    tries(app, "b", "desk-1", 1)
    assert kept(app) == [("b", "desk-1", 1)]


def test_accounts_are_kept_as_hashes() -> None:
    assert attempts.account_key("root") != attempts.account_key("toor")
    assert "root" not in attempts.account_key("root")
