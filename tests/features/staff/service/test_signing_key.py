"""A new key signs, sessions go on; what the old one signed is believed no longer than needed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import select

from hms.bootstrap import Application, open_application
from hms.features.staff import service
from hms.infra.keys import RotatedLately, key_file, key_ring
from hms.infra.sessions import SessionEnded, SessionInvalid, SignedIn
from hms.infra.settings import DatabaseSettings, Settings
from hms.infra.tables import Audit, table_of
from hms.kernel.errors import NotPermitted

PASSWORD = "green tractor over the hill"
DESK = "desk-1"
Hire = Callable[..., SignedIn]


def test_sessions_go_on_undisturbed_through_rotations(
    app: Application, root: SignedIn, hire: Hire, watch: Any
) -> None:
    asha = hire("asha", "nurse")
    for _ in range(4):
        app.do_now(root, service.rotate_key)
        assert app.ask_now(asha, service.who_am_i).name == "asha"
        watch.pass_(minutes=14)
        asha = service.refresh_now(app.db, asha, DESK)
        watch.pass_(minutes=3)
        assert app.ask_now(asha, service.who_am_i).name == "asha"
        root = service.refresh_now(app.db, root, DESK)


def test_the_old_key_verifies_until_the_last_token_it_signed_has_ended(
    app: Application, root: SignedIn, watch: Any
) -> None:
    before = key_ring(app.settings).current
    new, old = app.do_now(root, service.rotate_key)
    assert (new.signs, old.signs, old.id) == (True, False, before)
    with pytest.raises(RotatedLately):
        app.do_now(root, service.rotate_key)
    watch.pass_(minutes=15, seconds=59)
    assert key_ring(app.settings).verifying_key(before, watch()) is not None
    watch.pass_(seconds=1)
    assert key_ring(app.settings).verifying_key(before, watch()) is None
    root = service.sign_in_now(app.db, "root", PASSWORD, DESK)
    assert len(app.do_now(root, service.rotate_key)) == 2
    assert before not in key_ring(app.settings).keys


def test_the_periodic_work_drops_what_has_ended(
    app: Application, root: SignedIn, watch: Any
) -> None:
    who = app.as_service("periodic work")
    app.do_now(root, service.rotate_key)
    assert app.do_now(who, service.drop_ended_key) == []
    watch.pass_(minutes=16)
    assert len(app.do_now(who, service.drop_ended_key)) == 1
    assert len(key_ring(app.settings).keys) == 1
    assert app.do_now(who, service.drop_ended_key) == []


def test_a_key_that_leaked_is_gone_at_once_and_everybody_signs_in_again(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha = hire("asha", "nurse")
    [only] = app.do_now(root, service.rotate_key, at_once=True)
    assert only.signs
    with pytest.raises(SessionInvalid):
        app.ask_now(asha, service.who_am_i)
    with pytest.raises(SessionEnded):
        service.refresh_now(app.db, asha, DESK)
    assert service.sign_in_now(app.db, "asha", PASSWORD, DESK).name == "asha"


def test_only_an_administrator_rotates_and_it_is_in_the_audit(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    mara = hire("mara", "manager")
    for use_case in (service.rotate_key, service.list_keys, service.drop_ended_key):
        with pytest.raises(NotPermitted):
            app.do_now(mara, use_case)
    app.do_now(root, service.rotate_key)
    audit = table_of(Audit)
    entry = select(audit.c.actor, audit.c.after).where(audit.c.action == "keys.rotate")
    [found] = app.db.read_now(lambda work: work.db.execute(entry).all())
    assert found.actor == "root"
    assert found.after == {"key": key_ring(app.settings).current, "at_once": False}
    assert key_ring(app.settings).signing_key.hex() not in key_file(app.settings).read_text()


def _desk(url: str, line: Connection) -> None:
    """Be a desk that runs: say who is signed in whenever asked, with the token given once."""
    application = open_application(settings=Settings(database=DatabaseSettings(url=url)))
    who: SignedIn = line.recv()
    while line.recv() != "leave":
        try:
            line.send(application.ask_now(who, service.who_am_i).name)
        except Exception as error:  # noqa: BLE001 told to the test
            line.send(repr(error))
    application.close_now()


def test_a_process_that_runs_takes_up_the_new_ring(settings: Settings) -> None:
    from hms.bootstrap import wire
    from hms.infra.keys import create_keys

    application = wire(settings, create=True)
    create_keys(settings)
    service.ensure_first_admin_now(application.db, "root", PASSWORD)
    root = service.sign_in_now(application.db, "root", PASSWORD, DESK)
    here, there = multiprocessing.get_context("spawn").Pipe()
    desk = multiprocessing.get_context("spawn").Process(
        target=_desk, args=(settings.database.url, there)
    )
    desk.start()
    there.close()  # a desk that dies is then heard of
    here.send(root)
    said = []
    for step in range(3):
        if step == 1:
            application.do_now(root, service.rotate_key)
        if step == 2:
            application.do_now(root, service.rotate_key, at_once=True)
        here.send("who")
        said.append(here.recv())
    here.send("leave")
    desk.join(30)
    application.close_now()
    assert said[:2] == ["root", "root"]
    assert "SessionInvalid" in said[2]
