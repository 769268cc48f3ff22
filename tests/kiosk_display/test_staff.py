"""The staff channel: what a signed-in person may see, for as long as their session lasts."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hms.features.displays import rules
from hms.features.displays import service as displays
from hms.features.patients.events import AccessOpened
from hms.features.staff import service as staff
from hms.infra.keys import create_keys, key_ring
from hms.infra.sessions import make_access_token, new_session_key
from kiosk_display import hub as hub_module
from kiosk_display import staff as staff_module
from tests.kiosk_display.conftest import ZONES, wall
from tests.kiosk_display.house import act, closed, frame, house, line_to, send
from tests.kiosk_display.screen import screen
from tests.support import SERVICE, Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with signing keys."""
    with hospital_at(tmp_path / "data" / "hms.db", zones=dict(ZONES)) as made:
        create_keys(made.settings)
        yield made


def token_of(hospital: Hospital, who: str, minutes: float = 15) -> str:
    """Open a session for ``who``; return its access token."""
    user_id = hospital.actor(who).user_id
    assert user_id is not None
    session, now = new_session_key(), hospital.clock()
    hospital.force("UPDATE user_account SET must_change = FALSE WHERE id = :id", id=user_id)
    columns = "hospital_id, user_id, family, terminal, refresh_hash, rotated_at, created_at"
    at = now.replace(tzinfo=None)
    hospital.force(
        f"INSERT INTO desk_session ({columns}, last_seen_at, expires_at)"
        " VALUES (1, :user, :family, 'desk 1', :hash, :at, :at, :at, :end)",
        user=user_id,
        family=session,
        hash=session,
        at=str(at),
        end=str(at + timedelta(hours=12)),
    )
    ring = key_ring(hospital.settings)
    life = timedelta(minutes=minutes)
    return make_access_token(ring, user_id=user_id, session=session, now=now, life=life)[0]


async def report(hospital: Hospital, name: str, **said: Any) -> None:
    body = {"name": name, "zone": None, "languages": "en", "screens": 1, "sound": "ok", **said}
    await act(hospital, SERVICE, displays.take_reports, rules.read_reports({"reports": [body]}))


@pytest.mark.asyncio
async def test_a_doctor_is_told_of_their_own_queue_and_of_no_other(hospital: Hospital) -> None:
    """A snapshot of it, then its frames, numbered without a gap."""
    token = token_of(hospital, "dora")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        first = await frame(connection, "SNAPSHOT")
        own = {queue["code"] for queue in first["queues"]}
        assert "GM" in own
        assert "ENT" not in own
        await asyncio.to_thread(hospital.issue, "ENT")
        issued = await asyncio.to_thread(hospital.issue, "GM")
        told = await frame(connection, "TOKEN_CREATED")
        assert (told["token"], told["seq"]) == (issued.code, first["seq"] + 1)
        assert told["epoch"] == first["epoch"]


@pytest.mark.asyncio
async def test_the_reception_is_told_of_every_queue_and_of_the_screens(hospital: Hospital) -> None:
    token = token_of(hospital, "rosa")
    await report(hospital, "Hall B", sound="ok")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        status = await frame(connection, "DISPLAY_STATUS")
        assert [(one["name"], one["sound"]) for one in status["displays"]] == [("Hall B", "ok")]
        await report(hospital, "Hall B", sound="blocked")
        status = await frame(connection, "DISPLAY_STATUS")
        assert status["displays"][0]["sound"] == "blocked"
        trouble = await frame(connection, "NOTIFICATION")
        assert (trouble["kind"], trouble["subject"]) == ("display_blocked", "Hall B")


@pytest.mark.asyncio
async def test_a_session_that_is_ended_closes_the_channel_within_five_seconds(
    hospital: Hospital,
) -> None:
    token = token_of(hospital, "rosa")
    async with (
        house(hospital.settings) as served,
        screen(served.port) as other,
        line_to(served.port, "/ws/staff") as connection,
    ):
        await send(connection, "AUTH", token=token)
        await frame(connection, "SNAPSHOT")
        hospital.force("UPDATE desk_session SET ended_at = created_at, ended_reason = 'ended'")
        began = time.monotonic()
        code, why = await closed(connection)
        assert (code, why) == (4401, "your session has ended")
        assert time.monotonic() - began < 5
        await other.until("HEARTBEAT")


@pytest.mark.asyncio
async def test_a_token_that_runs_out_closes_the_channel(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_module, "CHECK_SECONDS", 0.1)
    token = token_of(hospital, "rosa", minutes=1)
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        await frame(connection, "SNAPSHOT")
        hospital.clock.forward(minutes=2)
        assert (await closed(connection))[0] == 4401


@pytest.mark.asyncio
async def test_a_role_that_is_changed_changes_what_is_told(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_module, "CHECK_SECONDS", 0.1)
    token = token_of(hospital, "rosa")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        await frame(connection, "SNAPSHOT")
        await act(hospital, "ada", staff.set_role, "rosa", "dispatcher")
        assert (await closed(connection))[0] in (4401, 4403)


@pytest.mark.asyncio
async def test_a_dispatcher_is_not_permitted(hospital: Hospital) -> None:
    token = token_of(hospital, "dirk")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        assert await closed(connection) == (4403, "your role allows nothing here")


@pytest.mark.asyncio
@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 3000, "eyJhbGciOiJub25lIn0.e30."])
async def test_a_token_that_is_none_of_ours_is_4401(hospital: Hospital, token: str) -> None:
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        assert (await closed(connection))[0] == 4401


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "first",
    ["", "[]", '{"type": "AUTH"}', '{"type": "AUTH", "token": 7}', '{"type": "HELLO"}', "x" * 4000],
)
async def test_another_first_frame_closes_only_its_own_line(hospital: Hospital, first: str) -> None:
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await connection.send(first)
        assert (await closed(connection))[0] == 1008


@pytest.mark.asyncio
async def test_one_address_asks_the_worker_only_so_often_who_somebody_is(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever guesses tokens would keep the worker from everybody's work."""
    monkeypatch.setattr(staff_module, "TRIES_AT_ONCE", 3.0)
    monkeypatch.setattr(staff_module, "TRIES_PER_SECOND", 0.5)
    ends = []
    async with house(hospital.settings) as served:
        for _ in range(5):
            async with line_to(served.port, "/ws/staff") as connection:
                await send(connection, "AUTH", token="nonsense")
                ends.append(await closed(connection))
    assert [code for code, _ in ends] == [4401, 4401, 4401, 1013, 1013]
    assert ends[-1][1] == "too many at once: try again"


@pytest.mark.asyncio
async def test_who_says_nothing_is_let_go(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_module, "HELLO_SECONDS", 0.2)
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        assert (await closed(connection))[0] == 1008


@pytest.mark.asyncio
async def test_too_many_frames_close_the_channel(hospital: Hospital) -> None:
    token = token_of(hospital, "rosa")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        for _ in range(2 * int(hub_module.FRAMES_AT_ONCE)):
            await connection.send("{}")
        assert (await closed(connection))[0] == 1008


@pytest.mark.asyncio
async def test_without_a_worker_nobody_is_let_in(hospital: Hospital) -> None:
    """The display server holds no key: it could not know who that is."""
    token = token_of(hospital, "rosa")
    async with wall(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        assert (await closed(connection))[0] == 1013


@pytest.mark.asyncio
async def test_a_check_that_fails_in_a_way_nobody_foresaw_closes_the_channel(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchecked it would go on after the session has ended."""
    monkeypatch.setattr(staff_module, "CHECK_SECONDS", 0.1)
    token = token_of(hospital, "rosa")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        await frame(connection, "SNAPSHOT")
        strange: Any = lambda *_: {"answer": {}}  # noqa: E731
        monkeypatch.setattr("hms.infra.worker_line.given", strange)
        assert (await closed(connection))[0] == 1013


@pytest.mark.asyncio
async def test_nobody_of_another_hospital_is_told_anything(hospital: Hospital) -> None:
    token = token_of(hospital, "rosa")
    hospital.force(
        "INSERT INTO hospital (id, created_at) SELECT 2, created_at FROM hospital WHERE id = 1"
    )
    hospital.force("UPDATE user_account SET hospital_id = 2 WHERE name = 'rosa'")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        assert (await closed(connection))[0] == 4403


@pytest.mark.asyncio
async def test_nothing_of_a_patient_goes_over_the_staff_channel(hospital: Hospital) -> None:
    """Whoever looks over a shoulder learns numbers; names are read at the desk."""
    token = token_of(hospital, "rosa")
    patient = await asyncio.to_thread(hospital.patient, "Zebedee Quux")
    async with house(hospital.settings) as served, line_to(served.port, "/ws/staff") as connection:
        await send(connection, "AUTH", token=token)
        heard = [await frame(connection, "SNAPSHOT")]
        await asyncio.to_thread(lambda: hospital.issue("GM", patient.mrn))
        heard.append(await frame(connection, "QUEUE_UPDATED"))
        said = json.dumps(heard)
        assert "Zebedee" not in said
        assert patient.mrn not in said


@pytest.mark.asyncio
async def test_a_record_that_was_opened_for_a_reason_is_told_to_the_managers_alone(
    hospital: Hospital,
) -> None:
    tokens = {who: token_of(hospital, who) for who in ("mara", "rosa")}
    async with (
        house(hospital.settings) as served,
        line_to(served.port, "/ws/staff") as manager,
        line_to(served.port, "/ws/staff") as reception,
    ):
        for who, connection in (("mara", manager), ("rosa", reception)):
            await send(connection, "AUTH", token=tokens[who])
            await frame(connection, "DISPLAY_STATUS")
        opened = AccessOpened(subject_id=7)
        await asyncio.to_thread(lambda: hospital.db.write_now(lambda work: work.emit(opened)))
        told = await frame(manager, "NOTIFICATION")
        assert (told["kind"], told["subject"]) == ("record_opened", "7")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await frame(reception, "NOTIFICATION")
