"""The wired application: every use case runs as whoever is signed in at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hms.bootstrap import Application, open_application, wire, worker
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra.keys import create_keys
from hms.infra.passwords import OneTimeSecret, make_hash
from hms.infra.schema import SchemaDiffers
from hms.infra.sessions import SignedIn
from hms.infra.transact import DatabaseMissing, DatabaseReadOnly
from hms.infra.worker import JobUnknown
from hms.kernel.errors import NotPermitted, NotSignedIn
from tests.support import SERVICE, opened, raw, sqlite_settings

PASSWORD = "correct horse battery staple"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    """Return a furnished application on the real clock, in which nina the nurse may sign in."""
    settings = sqlite_settings(tmp_path / "data" / "hms.db")
    with opened(settings, furnished=False) as hospital:
        secret = OneTimeSecret("once", make_hash("once upon a time there was"))
        hospital.do("tests", staff.add_user, staff.AddUser("nina", "nurse"), secret)
    create_keys(settings)
    made = open_application(settings=settings)
    yield made
    made.close_now()


@pytest.fixture
def nina(application: Application) -> SignedIn:
    """Return the nurse, signed in."""
    first = "once upon a time there was"
    return staff.sign_in_now(application.db, "nina", first, "desk 1", PASSWORD)


def test_who_is_signed_in_acts_under_their_name(application: Application, nina: SignedIn) -> None:
    token = application.do_now(nina, tokens.issue, tokens.IssueToken("GM"))
    assert application.ask_now(nina, tokens.show_token, token.id).code == "GM-001"
    [(actor, role, terminal)] = application.db.read_now(
        lambda work: raw(
            work.db, "SELECT actor, role, terminal FROM audit WHERE action = 'tokens.issue'"
        )
    )
    assert (actor, role, terminal) == ("nina", "nurse", "desk 1")


@pytest.mark.asyncio
async def test_both_faces_act_alike(application: Application, nina: SignedIn) -> None:
    token = await application.do(nina, tokens.issue, tokens.IssueToken("GM"))
    assert (await application.ask(nina, tokens.show_token, token.id)).id == token.id
    await application.close()


def test_a_change_of_role_holds_at_the_very_next_call(
    application: Application, nina: SignedIn
) -> None:
    application.do_now(application.as_service(SERVICE), staff.set_role, "nina", "dispatcher")
    with pytest.raises(NotPermitted):
        application.do_now(nina, tokens.issue, tokens.IssueToken("GM"))


def test_a_disabled_user_does_nothing_more(application: Application, nina: SignedIn) -> None:
    application.do_now(application.as_service(SERVICE), staff.disable_user, "nina")
    with pytest.raises(NotSignedIn):
        application.ask_now(nina, tokens.list_queues)


def test_who_signed_out_does_nothing_more(application: Application, nina: SignedIn) -> None:
    application.do_now(nina, staff.sign_out)
    with pytest.raises(NotSignedIn):
        application.ask_now(nina, tokens.list_queues)


def test_a_token_nobody_signed_is_worth_nothing(application: Application, nina: SignedIn) -> None:
    for forged in ("", nina.refresh_token, nina.access_token[:-3] + "AAA"):
        with pytest.raises(NotSignedIn):
            application.ask_now(replace(nina, access_token=forged), tokens.list_queues)


def test_an_operation_that_comes_again_is_done_once(
    application: Application, nina: SignedIn
) -> None:
    from hms.infra.uow import OperationRepeated

    command = tokens.IssueToken("GM")
    application.do_now(nina, tokens.issue, command, op_id="from the slip printer")
    with pytest.raises(OperationRepeated):
        application.do_now(nina, tokens.issue, command, op_id="from the slip printer")


def test_opening_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        open_application(settings=sqlite_settings(tmp_path / "none.db"))
    assert list(tmp_path.glob("none*")) == []


def test_a_database_of_another_version_is_not_touched(application: Application) -> None:
    application.close_now()
    path = application.settings.database_file
    assert path is not None
    with opened(application.settings) as hospital:
        hospital.force("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(SchemaDiffers, match="999"):
        open_application(settings=application.settings)


def test_who_may_only_read_changes_nothing(application: Application) -> None:
    wall = wire(application.settings, read_only=True)
    with pytest.raises(DatabaseReadOnly):
        wire_issue(wall)
    assert len(wall.ask_now(wall.as_service(SERVICE), tokens.list_queues)) == 3
    wall.close_now()


def wire_issue(application: Application) -> None:
    application.do_now(application.as_service(SERVICE), tokens.issue, tokens.IssueToken("GM"))


def test_a_job_that_no_feature_declares_is_refused(
    application: Application,
) -> None:
    """The wall gets nothing done that a manifest does not name."""
    with pytest.raises(JobUnknown):
        asyncio.run(worker(application)("tokens.call_next", {}))
