"""Who acts is read anew at each call: what changed a moment ago already holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.model import UserAccount
from hms.infra.keys import key_ring
from hms.infra.passwords import OneTimeSecret
from hms.infra.sessions import SessionEnded, SessionInvalid, SignedIn, make_access_token
from hms.infra.tables import table_of
from hms.kernel import clock
from hms.kernel.actor import Role, Scope
from hms.kernel.errors import InvalidInput, NotPermitted

Hire = Callable[..., SignedIn]


def test_a_disabled_user_is_refused_on_the_very_next_call(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha = hire("asha", "receptionist")
    assert app.ask_now(asha, service.list_rooms) == []
    app.do_now(root, service.disable_user, "asha")
    with pytest.raises(SessionEnded):
        app.ask_now(asha, service.list_rooms)


def test_an_account_made_inactive_by_hand_is_refused_too(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha = hire("asha", "receptionist")
    user = table_of(UserAccount)
    closed = update(user).where(user.c.name == "asha").values(active=False)
    app.db.write_now(lambda work: work.db.execute(closed))
    with pytest.raises(SessionEnded, match="disabled"):
        app.ask_now(asha, service.list_rooms)


def test_a_changed_role_acts_at_once(app: Application, root: SignedIn, hire: Hire) -> None:
    asha = hire("asha", "manager")
    assert app.do_now(asha, service.add_room, "Room 1").name == "Room 1"
    app.do_now(root, service.set_role, "asha", "nurse")
    with pytest.raises(NotPermitted):
        app.do_now(asha, service.add_room, "Room 2")
    assert app.ask_now(asha, service.who_am_i).role is Role.NURSE


def test_a_reset_password_ends_the_session_at_once(
    app: Application, root: SignedIn, hire: Hire, hire_secret: OneTimeSecret
) -> None:
    asha = hire("asha", "nurse")
    app.do_now(root, service.reset_user, "asha", hire_secret)
    with pytest.raises(SessionEnded):
        app.ask_now(asha, service.list_rooms)


def test_a_token_for_anothers_session_or_none_is_refused(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha = hire("asha", "nurse")
    family = asha.refresh_token.partition(".")[0]
    for user_id, session in ((1, family), (1, "0" * 32), (99, family)):
        forged, _ = make_access_token(
            key_ring(app.settings),
            user_id=user_id,
            session=session,
            now=clock.now(),
            life=timedelta(minutes=5),
        )
        with pytest.raises(SessionInvalid):
            app.ask_now(replace(root, access_token=forged), service.who_am_i)


def test_a_refresh_token_is_no_access_token(app: Application, root: SignedIn) -> None:
    with pytest.raises(SessionInvalid):
        app.ask_now(replace(root, access_token=root.refresh_token), service.who_am_i)


@pytest.mark.sqlite
def test_who_acts_costs_one_statement(app: Application, root: SignedIn) -> None:
    seen: list[str] = []

    def look(work: Any) -> None:
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(work.db, "before_cursor_execute", note)
        service.actor_of(work, root)

    app.db.read_now(look)
    assert len(seen) == 1
    plan = app.db.read_now(
        lambda work: str(work.db.exec_driver_sql("EXPLAIN QUERY PLAN " + seen[0], ("x",)).all())
    )
    assert "SCAN" not in plan


def test_our_own_processes_act_with_the_grants_of_the_service_account(app: Application) -> None:
    actor = service.service_actor(1, "demo")
    assert actor.role is Role.SERVICE
    assert actor.scope("users.manage") is Scope.HOSPITAL
    assert actor.scope("patients.search") is not None
    assert actor.user_id is None
    assert app.do_now(app.as_service("demo"), service.add_room, "Room 1").name == "Room 1"


def test_nobody_signs_in_as_the_service_account(app: Application, root: SignedIn) -> None:
    command = service.AddUser(name="demo", role="service")
    with pytest.raises(InvalidInput, match="role is not known"):
        app.do_now(root, service.add_user, command, OneTimeSecret("x", "y"))
