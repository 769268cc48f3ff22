"""A sole administrator who is locked out comes back in on the machine itself, and it is written."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy import select

from hms.bootstrap import Application
from hms.features.staff import service
from hms.infra.sessions import SessionEnded, SignedIn
from hms.infra.tables import Audit, table_of
from hms.kernel import clock
from hms.kernel.actor import Actor, Role

PASSWORD = "green tractor over the hill"
NEW_PASSWORD = "blue kettle under the stairs"
DESK = "desk-1"
OWNER = Actor(None, "owner: hms", Role.SERVICE, 1, {}, terminal="init")


def test_lost_password_lost_telephone_and_a_closed_account_are_all_mended(
    app: Application, root: SignedIn, watch: Callable[[], object]
) -> None:
    enrolment = service.offer_second_factor_now(app.db, root, PASSWORD)
    code = pyotp.TOTP(enrolment.secret).at(int(clock.now().timestamp()))
    service.confirm_second_factor_now(app.db, root, code)
    for _ in range(5):
        with pytest.raises(service.WrongPassword):
            service.sign_in_now(app.db, "root", "wrong password here", DESK)
    with pytest.raises(service.TooManyTries):
        service.sign_in_now(app.db, "root", PASSWORD, DESK)
    new = service.recover_administrator_now(app.db, OWNER, "Root")
    assert new.one_time_secret is not None
    assert new.one_time_secret not in repr(new)
    with pytest.raises(SessionEnded):
        app.ask_now(root, service.who_am_i)
    with pytest.raises(service.NewPasswordDue):
        service.sign_in_now(app.db, "root", new.one_time_secret, DESK)
    who = service.sign_in_now(app.db, "root", new.one_time_secret, DESK, NEW_PASSWORD)
    assert not app.ask_now(who, service.second_factor_status).enrolled
    audit = table_of(Audit)
    entry = select(audit.c.actor, audit.c.terminal, audit.c.before, audit.c.after).where(
        audit.c.action == "users.recover"
    )
    [found] = app.db.read_now(lambda work: work.db.execute(entry).all())
    assert (found.actor, found.terminal) == ("owner: hms", "init")
    assert found.before == {"failures": 5, "second_factor": True}
    assert found.after["name"] == "root"


def test_nobody_but_an_administrator_is_helped_this_way(
    app: Application, root: SignedIn, hire: Callable[..., SignedIn]
) -> None:
    hire("asha", "nurse")
    hire("ada", "admin")
    app.do_now(root, service.disable_user, "ada")
    for name in ("asha", "ada"):
        with pytest.raises(service.NotAdministrator):
            service.recover_administrator_now(app.db, OWNER, name)
    with pytest.raises(service.UserUnknown):
        service.recover_administrator_now(app.db, OWNER, "nobody")
