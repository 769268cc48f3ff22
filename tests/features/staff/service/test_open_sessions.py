"""Open sessions: seen by their owner and by who manages them, ended at the very next call."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from hms.bootstrap import Application
from hms.features.staff import service
from hms.features.staff.queries.views import SessionView
from hms.infra.sessions import SessionEnded, SignedIn
from hms.infra.tables import Audit, table_of
from hms.kernel.errors import NotPermitted

PASSWORD = "green tractor over the hill"
DESK, ELSEWHERE = "desk-1", "desk-2"
Hire = Callable[..., SignedIn]


def whose(sessions: list[SessionView]) -> list[tuple[str, str]]:
    return sorted((one.user, one.terminal) for one in sessions)


def test_everybody_sees_their_own_and_heads_those_below_them(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha, mara = hire("asha", "nurse", ELSEWHERE), hire("mara", "manager")
    again = service.sign_in_now(app.db, "asha", PASSWORD, DESK)
    own = [("asha", DESK), ("asha", ELSEWHERE)]
    assert whose(app.ask_now(asha, service.list_sessions)) == own
    assert whose(app.ask_now(mara, service.list_sessions)) == [*own, ("mara", DESK)]
    everything = whose(app.ask_now(root, service.list_sessions))
    assert everything == [*own, ("mara", DESK), ("root", DESK)]
    assert whose(app.ask_now(root, service.list_sessions, "ASHA")) == own
    assert whose(app.ask_now(mara, service.list_sessions, "asha")) == own
    current = [one for one in app.ask_now(again, service.list_sessions) if one.current]
    assert [(one.user, one.terminal) for one in current] == [("asha", DESK)]
    with pytest.raises(NotPermitted):
        app.ask_now(asha, service.list_sessions, "mara")
    with pytest.raises(NotPermitted):
        app.ask_now(mara, service.list_sessions, "root")
    with pytest.raises(service.UserUnknown):
        app.ask_now(root, service.list_sessions, "nobody")


def test_an_ended_session_is_over_at_its_next_call(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha = hire("asha", "nurse", ELSEWHERE)
    [session] = app.ask_now(asha, service.list_sessions)
    app.do_now(root, service.end_session, session.id)
    with pytest.raises(SessionEnded):
        app.ask_now(asha, service.who_am_i)
    with pytest.raises(SessionEnded):
        service.refresh_now(app.db, asha, ELSEWHERE)
    with pytest.raises(service.SessionUnknown):
        app.do_now(root, service.end_session, session.id)
    assert app.ask_now(root, service.list_sessions, "asha") == []


def test_nobody_ends_the_session_of_somebody_above_them(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    asha, mara = hire("asha", "nurse"), hire("mara", "manager")
    by_name = {one.user: one.id for one in app.ask_now(root, service.list_sessions)}
    for who, name in ((asha, "mara"), (asha, "root"), (mara, "root")):
        with pytest.raises(NotPermitted):
            app.do_now(who, service.end_session, by_name[name])
        with pytest.raises(NotPermitted):
            app.do_now(who, service.end_sessions_of_user, name)
    assert len(app.ask_now(root, service.list_sessions)) == 3


def test_all_others_of_mine_end_and_this_one_stays(app: Application, hire: Hire) -> None:
    here = hire("asha", "nurse")
    others = [service.sign_in_now(app.db, "asha", PASSWORD, f"desk-{n}") for n in range(2, 5)]
    assert len(app.do_now(here, service.end_other_sessions)) == 3
    assert app.do_now(here, service.end_other_sessions) == []
    assert app.ask_now(here, service.who_am_i).name == "asha"
    for other in others:
        with pytest.raises(SessionEnded):
            app.ask_now(other, service.who_am_i)


def test_all_sessions_of_a_user_end_and_each_is_in_the_audit(
    app: Application, root: SignedIn, hire: Hire
) -> None:
    hire("asha", "nurse")
    service.sign_in_now(app.db, "asha", PASSWORD, ELSEWHERE)
    assert len(app.do_now(root, service.end_sessions_of_user, "asha")) == 2
    audit = table_of(Audit)
    entries = select(audit.c.actor, audit.c.after).where(audit.c.action == "session.end")
    found = app.db.read_now(lambda work: work.db.execute(entries).all())
    assert [entry.actor for entry in found] == ["root", "root"]
    assert {entry.after["terminal"] for entry in found} == {DESK, ELSEWHERE}


def test_an_expired_session_is_no_open_one(
    app: Application, root: SignedIn, hire: Hire, watch: Callable[[], object]
) -> None:
    hire("asha", "nurse")
    watch.pass_(hours=13)  # type: ignore[attr-defined]
    again = service.sign_in_now(app.db, "root", PASSWORD, ELSEWHERE)
    assert whose(app.ask_now(again, service.list_sessions)) == [("root", ELSEWHERE)]
