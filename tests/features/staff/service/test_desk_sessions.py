"""Refresh tokens: used once, replaced at each use, and their reuse ends the session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.model import DeskSession
from hms.infra.sessions import AccessExpired, SessionEnded, SessionInvalid, SignedIn
from hms.infra.tables import table_of

pytestmark = pytest.mark.both_databases

PASSWORD = "green tractor over the hill"
DESK, ELSEWHERE = "desk-1", "desk-2"


def test_a_refresh_gives_new_tokens_for_the_same_session(
    app: Application, root: SignedIn, watch: Any
) -> None:
    watch.pass_(minutes=15)
    with pytest.raises(AccessExpired):
        app.ask_now(root, service.who_am_i)
    assert not service.is_fresh(root)
    fresh = service.refresh_now(app.db, root, DESK)
    assert fresh.access_token != root.access_token
    assert fresh.refresh_token != root.refresh_token
    assert service.is_fresh(fresh)
    assert app.ask_now(fresh, service.who_am_i).name == "root"


def test_a_refresh_token_used_again_later_ends_the_session_for_everybody(
    app: Application, root: SignedIn, watch: Any
) -> None:
    fresh = service.refresh_now(app.db, root, DESK)
    watch.pass_(seconds=11)
    with pytest.raises(SessionEnded, match="used twice"):
        service.refresh_now(app.db, root, DESK)
    with pytest.raises(SessionEnded):
        app.ask_now(fresh, service.who_am_i)
    with pytest.raises(SessionEnded):
        service.refresh_now(app.db, fresh, DESK)


def test_a_lost_answer_may_be_asked_for_again_at_the_same_terminal(
    app: Application, root: SignedIn, watch: Any
) -> None:
    first = service.refresh_now(app.db, root, DESK)
    watch.pass_(seconds=9)
    again = service.refresh_now(app.db, root, DESK)
    assert again.refresh_token == first.refresh_token
    watch.pass_(minutes=10)
    assert service.refresh_now(app.db, again, DESK).name == "root"


def test_there_is_no_grace_at_another_terminal(app: Application, root: SignedIn) -> None:
    service.refresh_now(app.db, root, DESK)
    with pytest.raises(SessionEnded, match="used twice"):
        service.refresh_now(app.db, root, ELSEWHERE)


def test_an_older_refresh_token_has_no_grace(app: Application, root: SignedIn) -> None:
    first = service.refresh_now(app.db, root, DESK)
    service.refresh_now(app.db, first, DESK)
    with pytest.raises(SessionEnded, match="used twice"):
        service.refresh_now(app.db, root, DESK)


@pytest.mark.parametrize("token", ["", "x", "0" * 32 + "." + "A" * 43, "\ud800", "a" * 10_000])
def test_a_refresh_token_that_we_did_not_make_is_refused(
    app: Application, root: SignedIn, token: str
) -> None:
    with pytest.raises(SessionInvalid):
        service.refresh_now(app.db, replace(root, refresh_token=token), DESK)
    assert app.ask_now(root, service.who_am_i).name == "root"


def test_a_session_ends_after_its_twelve_hours_however_often_it_was_refreshed(
    app: Application, root: SignedIn, watch: Any
) -> None:
    who = root
    for _ in range(12):
        watch.pass_(minutes=59)
        who = service.refresh_now(app.db, who, DESK)
    assert who.access_expires <= who.session_expires
    watch.pass_(minutes=13)
    with pytest.raises((SessionEnded, AccessExpired)):
        app.ask_now(who, service.who_am_i)
    with pytest.raises(SessionEnded):
        service.refresh_now(app.db, who, DESK)


def test_the_database_holds_no_token(app: Application, root: SignedIn) -> None:
    rows = str(app.db.read_now(lambda work: work.db.execute(select(table_of(DeskSession))).all()))
    secret = root.refresh_token.partition(".")[2]
    assert secret not in rows
    assert root.access_token not in rows


def test_a_disabled_user_cannot_refresh(app: Application, root: SignedIn, hire: Any) -> None:
    asha = hire("asha", "nurse")
    app.do_now(root, service.disable_user, "asha")
    with pytest.raises(SessionEnded):
        service.refresh_now(app.db, asha, DESK)
