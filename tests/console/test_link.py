"""The way to the use cases: one session, kept alive, ended, and outcomes that can be looked up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hms.console.link import Link
from hms.features.staff import service as staff
from hms.features.tokens import service as tokens
from hms.infra.sessions import SignedIn
from hms.infra.settings import Settings
from hms.kernel import clock, ids
from hms.kernel.errors import HmsError, NotSignedIn
from tests.console.scratch import PASSWORD, settings_at

pytestmark = pytest.mark.asyncio


async def test_one_person_is_signed_in_at_a_time(folder: Path) -> None:
    link = Link(settings_at(folder))
    asha = await link.sign_in("asha", PASSWORD)
    assert asha.shown == "Dr. Asha Rao · doctor"
    assert link.may("tokens.call")
    assert not link.may("users.manage")
    await link.sign_in("ada", PASSWORD)
    assert link.may("users.manage")
    await link.sign_out()
    assert not link.may("users.manage")
    with pytest.raises(NotSignedIn):
        await link.ask(tokens.my_queues)
    await link.close()


async def test_a_refused_sign_in_leaves_who_is_there(folder: Path) -> None:
    link = Link(settings_at(folder))
    await link.sign_in("asha", PASSWORD)
    with pytest.raises(HmsError):
        await link.sign_in("ben", "wrong")
    assert link.person is not None
    assert link.person.login == "asha"
    await link.close()


async def test_an_operation_is_found_by_its_id(folder: Path) -> None:
    link = Link(settings_at(folder))
    await link.sign_in("nora", PASSWORD)
    op_id = ids.op_id()
    assert not await link.was_done(op_id)
    await link.do(tokens.issue, tokens.IssueToken("GM"), op_id=op_id)
    assert await link.was_done(op_id)
    await link.close()


async def test_a_stale_access_token_is_renewed_without_a_word(folder: Path) -> None:
    link = Link(settings_at(folder))
    await link.sign_in("nora", PASSWORD)
    assert link._who is not None
    before = link._who.access_token
    link._who = replace(link._who, access_expires=clock.now() - timedelta(seconds=1))
    assert await link.ask(tokens.my_queues)
    assert link._who.access_token != before
    await link.close()


async def test_a_renewal_that_ends_late_puts_nobody_back_on_the_chair(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asha's session is renewed, ada takes over meanwhile: what follows is ada's."""
    renewed, go_on = asyncio.Event(), asyncio.Event()
    refresh = staff.refresh

    async def slow(*args: Any) -> SignedIn:
        fresh = await refresh(*args)
        renewed.set()
        await go_on.wait()
        return fresh

    link = Link(settings_at(folder))
    await link.sign_in("asha", PASSWORD)
    assert link._who is not None
    late = clock.now() - timedelta(seconds=1)
    link._who = ashas = replace(link._who, access_expires=late)
    monkeypatch.setattr(staff, "refresh", slow)
    async with asyncio.timeout(30):
        asked = asyncio.create_task(link.ask(tokens.my_queues))
        await renewed.wait()
        taking_over = asyncio.create_task(link.sign_in("ada", PASSWORD))
        while link._who in (None, ashas):
            await asyncio.sleep(0.005)
        go_on.set()
        with pytest.raises(NotSignedIn):
            await asked
        assert (await taking_over).login == "ada"
        profile = await link.ask(staff.who_am_i)
        await link.close()
    assert profile.name == "ada"


async def test_opening_is_tried_again_after_it_failed(tmp_path: Path, folder: Path) -> None:
    missing: Settings = settings_at(tmp_path / "nowhere")
    link = Link(missing)
    with pytest.raises(HmsError):
        await link.application()
    link.settings = settings_at(folder)
    assert (await link.application()).settings.data_dir == folder
    await link.close()
