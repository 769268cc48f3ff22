"""After an operation: it is sealed soon, and who was refused is in the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.bootstrap import Application, open_application
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra import trail
from hms.infra.audit_anchors import anchor_file
from hms.infra.keys import create_keys
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.sessions import SignedIn
from hms.kernel import clock
from hms.kernel.errors import NotPermitted, NotSignedIn
from tests.support import Clock, hospital_at, raw, sqlite_settings

PASSWORD = "correct horse battery staple"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """Return the application of a hospital in which bea of the blood bank may sign in."""
    path = tmp_path / "data" / "hms.db"
    with hospital_at(path) as hospital:
        secret = OneTimeSecret("once", make_hash("once upon a time there was"))
        hospital.do("tests", staff.add_user, staff.AddUser("bea", "blood_bank"), secret)
    settings = sqlite_settings(path)
    create_keys(settings)
    with clock.replaced(Clock()):
        made = open_application(settings=settings)
        yield made
        made.close_now()


@pytest.fixture
def bea(application: Application) -> SignedIn:
    """Return bea, signed in; she may not issue tokens."""
    first = "once upon a time there was"
    return staff.sign_in_now(application.db, "bea", first, "lab desk", PASSWORD)


def rows(application: Application, sql: str) -> list[tuple[object, ...]]:
    """Return what a plain statement finds."""
    return application.db.read_now(lambda work: [tuple(row) for row in raw(work.db, sql)])


def unsealed(application: Application) -> int:
    """Return how many entries have no seal."""
    found = rows(
        application, "SELECT count(*) FROM audit WHERE id NOT IN (SELECT audit_id FROM audit_seal)"
    )
    return int(str(found[0][0]))


DENIED = "SELECT actor, terminal, after FROM audit WHERE action = 'access.denied'"


def test_who_is_refused_is_in_the_audit_and_nothing_else_changed(
    application: Application, bea: SignedIn
) -> None:
    with pytest.raises(NotPermitted):
        application.do_now(bea, tokens.issue, tokens.IssueToken("GM"))
    [(actor, terminal, after)] = rows(application, DENIED)
    assert (actor, terminal) == ("bea", "lab desk")
    for word in ('"use_case": "tokens.issue"', '"permission": "tokens.issue"'):
        assert word in str(after)
    assert rows(application, "SELECT count(*) FROM token") == [(0,)]


def test_a_look_that_is_refused_is_in_the_audit(application: Application, bea: SignedIn) -> None:
    with pytest.raises(NotPermitted):
        application.ask_now(bea, staff.list_users)
    assert len(rows(application, DENIED)) == 1


@pytest.mark.asyncio
async def test_both_faces_record_it(application: Application, bea: SignedIn) -> None:
    with pytest.raises(NotPermitted):
        await application.do(bea, tokens.issue, tokens.IssueToken("GM"))
    with pytest.raises(NotPermitted):
        await application.ask(bea, staff.list_users)
    assert len(rows(application, DENIED)) == 2
    await application.close()


def test_somebody_unknown_leaves_no_entry(application: Application, bea: SignedIn) -> None:
    application.do_now(bea, staff.sign_out)
    with pytest.raises(NotSignedIn):
        application.ask_now(bea, staff.list_users)
    assert rows(application, DENIED) == []


def test_what_cannot_be_recorded_changes_nothing_for_who_was_refused(
    application: Application, bea: SignedIn
) -> None:
    looking = open_application(settings=application.settings, read_only=True)
    with pytest.raises(NotPermitted):
        looking.ask_now(bea, staff.list_users)
    looking.close_now()
    assert rows(application, DENIED) == []


def test_closing_seals_what_was_written(application: Application) -> None:
    application.do_now(application.as_service("tests"), staff.add_room, "Room 9")
    assert unsealed(application) > 0
    application.close_now()
    assert unsealed(application) == 0
    assert anchor_file(application.settings.data_dir).exists()


def test_who_only_looked_seals_nothing(application: Application, bea: SignedIn) -> None:
    before = unsealed(application)
    application.ask_now(bea, staff.who_am_i)
    application.close_now()
    assert unsealed(application) == before > 0


@pytest.mark.asyncio
async def test_a_screen_that_stays_open_is_sealed_meanwhile(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "QUIET_SECONDS", 0.02)
    await application.do(application.as_service("tests"), staff.add_room, "Room 9")
    assert unsealed(application) > 0
    for _ in range(200):
        await asyncio.sleep(0.02)
        if unsealed(application) == 0:
            break
    assert unsealed(application) == 0
    await application.close()


@pytest.mark.asyncio
async def test_an_application_that_closes_at_once_is_sealed_too(application: Application) -> None:
    await application.do(application.as_service("tests"), staff.add_room, "Room 9")
    await application.close()
    assert unsealed(application) == 0


@pytest.mark.asyncio
async def test_the_periodic_work_seals_what_others_left(application: Application) -> None:
    assert unsealed(application) > 0
    await application.seal()
    assert unsealed(application) == 0
    await application.close()
