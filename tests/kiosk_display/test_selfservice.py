"""The kiosk's socket: from a touch to a number, on the real server with the real worker."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from hms.features.displays import rules as displays_rules
from hms.features.displays import service as displays
from hms.features.kiosks import service
from hms.infra.settings import KioskSettings, PrintingSettings
from hms.infra.worker_line import WorkerAway, WorkerRefused
from kiosk_display import wire
from kiosk_display.selfservice import Kiosks, Wish, qr_rows, read_kiosk, read_take
from kiosk_display.web import load_page, version_of
from kiosk_display.wire import BadFrame
from tests.kiosk_display.conftest import wall
from tests.kiosk_display.house import act, closed, frame, house, line_to, send, until
from tests.support import Hospital

NAME = "Main hall"
TOUCH = "0123456789abcdef" * 2
TAKE: dict[str, Any] = {"type": "TAKE", "touch": TOUCH, "queue": "GM", "card": "", "lang": "ar"}


async def new_code(hospital: Hospital) -> str:
    code: service.KioskCode = await act(hospital, "mara", service.pair_kiosk, NAME)
    return code.code


@pytest.mark.asyncio
async def test_a_touch_becomes_a_number_a_slip_and_a_line_on_the_wall(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paired over the wall's socket, asked for twice, seen by a screen, locked by the desk."""
    monkeypatch.setattr("kiosk_display.selfservice.MENU_SECONDS", 0.3)
    settings = replace(
        hospital.settings,
        printing=PrintingSettings(driver="file", target="slips.bin"),
        kiosk=KioskSettings(queues=("GM", "LAB"), languages=("ar", "en")),
    )
    async with house(settings, public_url="http://10.0.0.5:8765") as served:
        async with line_to(served.port) as door:
            await send(door, "PAIR", code=await new_code(hospital))
            device = (await frame(door, "PAIRED"))["device"]
        async with (
            line_to(served.port) as screen,
            line_to(served.port, "/ws/kiosk") as kiosk,
        ):
            await send(screen, "HELLO", name="Hall A", zone=None, after=None)
            await frame(screen, "SNAPSHOT")
            await send(kiosk, "KIOSK", device=device)
            menu = await frame(kiosk)
            assert (menu["type"], menu["name"], menu["closed"]) == ("MENU", NAME, "")
            assert (menu["languages"], menu["prints"]) == (["ar", "en"], True)
            assert menu["page"] == version_of(load_page())
            assert [queue["code"] for queue in menu["queues"]] == ["GM", "LAB"]
            for _ in range(2):
                await kiosk.send(json.dumps(TAKE))
            first, again = [await frame(kiosk, "GIVEN") for _ in range(2)]
            assert first == again
            assert (first["touch"], first["token"], first["ahead"]) == (TOUCH, "GM-001", 0)
            assert first["printed"] is True
            assert set(first) == {
                "v", "type", "touch", "token", "queue", "room", "ahead", "printed", "qr",
                "wait_low_minutes", "wait_high_minutes",
            }  # fmt: skip
            created = await frame(screen, "TOKEN_CREATED")
            assert (created["token"], created["waiting"]) == ("GM-001", 1)
            jobs = await asyncio.to_thread(hospital.rows, "SELECT label, copy_no FROM print_job")
            assert jobs == [("GM-001", 0)]
            await kiosk.send(json.dumps({**TAKE, "touch": "f" * 32, "card": "Amara"}))
            assert (await frame(kiosk, "REFUSED"))["why"] == "card"
            seen = await until(hospital, lambda all_: NAME in all_ and all_[NAME].state == "live")
            assert seen[NAME].zone == "(kiosk)"  # no call is expected to be shown there
            await act(hospital, "rosa", service.lock_kiosk, NAME)
            await kiosk.send(json.dumps({**TAKE, "touch": "e" * 32}))
            assert (await frame(kiosk, "REFUSED"))["why"] == "locked"
            while (await frame(kiosk, "MENU"))["closed"] != "locked":
                pass
            await act(hospital, "mara", service.revoke_kiosk, NAME)
            assert (await closed(kiosk))[0] == wire.UNPAIRED


@pytest.mark.asyncio
async def test_strangers_get_nothing_and_without_a_worker_a_kiosk_sends_people_to_the_desk(
    hospital: Hospital,
) -> None:
    code = await new_code(hospital)
    claim = displays_rules.read_claim({"code": code})
    given = await act(hospital, "tests", displays.claim_pairing, claim)
    async with wall(hospital.settings) as served:
        async with line_to(served.port, "/ws/kiosk") as kiosk:
            await send(kiosk, "KIOSK", device=given["device"])
            assert (await frame(kiosk))["type"] == "AWAY"
            await kiosk.send(json.dumps(TAKE))
            assert (await frame(kiosk, "REFUSED"))["why"] == "away"
        for first in ("HELLO", "TAKE"):
            async with line_to(served.port, "/ws/kiosk") as kiosk:
                await send(kiosk, first, name="x", zone=None, after=None)
                assert (await closed(kiosk))[0] == wire.POLICY
    async with house(hospital.settings) as served, line_to(served.port, "/ws/kiosk") as kiosk:
        await send(kiosk, "KIOSK", device="nobody's token")
        assert (await closed(kiosk))[0] == wire.UNPAIRED
    assert await asyncio.to_thread(hospital.one, "SELECT count(*) FROM token") == 0


class Slow:
    """A worker that is asked through a line of its own; the first answers are lost."""

    def __init__(self, lost: int, answer: dict[str, Any] | None = None, said: str = "") -> None:
        self.asked: list[dict[str, Any]] = []
        self._lost, self._given, self._said = lost, answer or {}, said

    async def ask(self, job: str, body: Any) -> Any:
        assert job == "kiosks.take"
        self.asked.append(dict(body))
        if len(self.asked) <= self._lost:
            raise WorkerAway("the worker of hms serve does not answer")
        if self._said:
            raise WorkerRefused(self._said, "no", "", 6)
        return dict(self._given)


@pytest.mark.asyncio
async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_touch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk_display.selfservice.AGAIN_SECONDS", 0)
    wish = Wish(TOUCH, "GM")
    line = Slow(1, {"token": "GM-001", "link": ""})
    told = json.loads(await Kiosks(line)._answer("device", wish))
    assert (told["type"], told["token"], told["qr"]) == ("GIVEN", "GM-001", [])
    assert [one["touch"] for one in line.asked] == [TOUCH, TOUCH]
    told = json.loads(await Kiosks(Slow(2))._answer("device", wish))
    assert (told["type"], told["why"]) == ("REFUSED", "away")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("kiosks.hours", "hours"),
        ("kiosks.too_fast", "busy"),
        ("tokens.daily_limit", "full"),
        ("tokens.already_queued", "already"),
        ("database.busy", "away"),
    ],
)
async def test_each_refusal_has_its_word(said: str, why: str) -> None:
    told = json.loads(await Kiosks(Slow(0, said=said))._answer("device", Wish(TOUCH, "GM")))
    assert told == {"v": 1, "type": "REFUSED", "touch": TOUCH, "why": why}


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "ACK"}, {"touch": "x"}, {"touch": None}, {"queue": ""}, {"queue": 3},
        {"card": "1" * 65}, {"card": None}, {"lang": "en&x=1"}, {"lang": 1},
    ],
)  # fmt: skip
def test_a_frame_that_is_none_ends_the_line(wrong: dict[str, Any]) -> None:
    assert read_take(json.dumps(TAKE)).language == "ar"
    with pytest.raises(BadFrame):
        read_take(json.dumps({**TAKE, **wrong}))


@pytest.mark.parametrize(
    "first", ["[]", "{", '{"type": "KIOSK"}', '{"type": "KIOSK", "device": ""}']
)
def test_the_first_frame_names_the_device(first: str) -> None:
    assert read_kiosk('{"type": "KIOSK", "device": "token"}') == "token"
    with pytest.raises(BadFrame):
        read_kiosk(first)


def test_the_squares_are_those_of_the_address() -> None:
    rows = qr_rows(f"http://10.0.0.5:8765/t/{'A' * 28}?lang=ar")
    assert len({len(row) for row in rows} | {len(rows)}) == 1
    assert {letter for row in rows for letter in row} == {"0", "1"}
    assert rows[0].startswith("1111111")  # the corner that a phone looks for
