"""Who may watch: open on the hospital's network, or only screens that were paired."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from hms.features.displays import service
from kiosk_display.guests import (
    FREE_TRIES,
    LONGEST_WAIT_SECONDS,
    TRIES_A_MINUTE,
    Guesses,
    network_of,
)
from tests.kiosk_display.house import (
    act,
    closed,
    frame,
    house,
    line_to,
    listed,
    send,
    until,
)
from tests.kiosk_display.screen import screen
from tests.support import Hospital


async def paired(hospital: Hospital, port: int, name: str = "Hall B") -> dict[str, Any]:
    """Pair a screen; return what it was given."""
    code = await act(hospital, "mara", service.pair_screen, service.PairScreen(name, "front"))
    async with line_to(port) as connection:
        await send(connection, "PAIR", code=code.code)
        return await frame(connection)


async def watch(connection: Any, **members: Any) -> None:
    await send(connection, "HELLO", **{"name": "Hall B", "zone": None, "after": None, **members})


@pytest.mark.asyncio
async def test_where_pairing_is_required_only_a_paired_screen_watches(hospital: Hospital) -> None:
    async with house(hospital.settings, pairing="required") as served:
        async with line_to(served.port) as connection:
            await watch(connection)
            assert await closed(connection) == (4401, "this screen must be paired")
        async with line_to(served.port) as connection:
            await watch(connection, device="guessed")
            assert (await closed(connection))[0] == 4401
        given = await paired(hospital, served.port)
        assert (given["type"], given["name"], given["zone"]) == ("PAIRED", "Hall B", "front")
        async with line_to(served.port) as connection:
            await watch(connection, name="whatever it says", device=given["device"])
            assert (await frame(connection))["type"] == "SNAPSHOT"
            found = await until(hospital, lambda all_: all_["Hall B"].state == "live")
            assert found["Hall B"].paired
            assert "whatever it says" not in found


@pytest.mark.asyncio
async def test_on_an_open_network_a_screen_that_comes_by_name_is_listed(hospital: Hospital) -> None:
    async with house(hospital.settings) as served, line_to(served.port) as connection:
        await watch(connection, zone="front", languages=["en", "hi"])
        assert (await frame(connection))["type"] == "SNAPSHOT"
        found = await until(hospital, lambda all_: "Hall B" in all_)
        assert (found["Hall B"].zone, found["Hall B"].languages) == ("front", "en,hi")


@pytest.mark.asyncio
async def test_a_screen_that_is_sent_away_is_closed_within_a_second_and_stays_out(
    hospital: Hospital,
) -> None:
    async with house(hospital.settings) as served:
        given = await paired(hospital, served.port)
        async with (
            screen(served.port) as other,
            line_to(served.port) as by_token,
            line_to(served.port) as by_name,
        ):
            await watch(by_token, device=given["device"])
            await watch(by_name)
            for connection in (by_token, by_name):
                await frame(connection, "SNAPSHOT")
            await other.until("SNAPSHOT")
            await until(hospital, lambda all_: "Hall B" in all_)
            await act(hospital, "mara", service.revoke_screen, "Hall B")
            began = time.monotonic()
            assert (await closed(by_token))[0] == 4403
            assert (await closed(by_name))[0] == 4403
            assert time.monotonic() - began < 1
            await act(hospital, "nils", lambda work, actor: None)
            for members in ({"device": given["device"]}, {}):
                async with line_to(served.port) as again:
                    await watch(again, **members)
                    assert (await closed(again))[0] == 4403
            await other.until("HEARTBEAT")


@pytest.mark.asyncio
async def test_nobody_speaks_for_a_paired_screen_by_giving_its_name(hospital: Hospital) -> None:
    """On an open network everybody may watch; that the call was heard, only the screen can say."""
    async with house(hospital.settings) as served:
        given = await paired(hospital, served.port)
        async with line_to(served.port) as impostor, line_to(served.port) as real:
            await watch(impostor, name="hall  B")
            assert (await frame(impostor))["type"] == "SNAPSHOT"
            await asyncio.to_thread(hospital.issue)
            token = await asyncio.to_thread(hospital.called)
            call = await frame(impostor, "CALL")
            assert call["token"] == token.code
            await send(impostor, "ACK", seq=call["seq"], call_id=call["call_id"], spoken=True)
            await send(impostor, "STATUS", sound="blocked")
            await watch(real, device=given["device"])
            await send(real, "STATUS", sound="ok")
            found = await until(hospital, lambda all_: all_["Hall B"].sound == "ok")
            assert found["Hall B"].screens == 1
            assert found["Hall B"].last_call is None


@pytest.mark.asyncio
async def test_a_screen_loads_again_and_says_its_name_when_told(hospital: Hospital) -> None:
    async with (
        house(hospital.settings) as served,
        line_to(served.port) as connection,
        screen(served.port) as other,
    ):
        await watch(connection)
        await frame(connection, "HEARTBEAT")
        await until(hospital, lambda all_: "Hall B" in all_)
        for use_case, order in (
            (service.identify_screen, "identify"),
            (service.reload_screen, "reload"),
        ):
            await act(hospital, "mara", use_case, "hall b")
            told = await frame(connection, "HEARTBEAT")
            while "order" not in told:
                told = await frame(connection, "HEARTBEAT")
            assert told["order"] == order
        await other.settle()
        assert all("order" not in heard for heard in other.frames)


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [None, 7, "", "x" * 65])
async def test_a_code_of_another_shape_closes_only_its_own_line(
    hospital: Hospital, code: object
) -> None:
    async with house(hospital.settings) as served, line_to(served.port) as connection:
        await send(connection, "PAIR", code=code)
        assert (await closed(connection))[0] == 1008


@pytest.mark.asyncio
async def test_whoever_guesses_codes_has_to_wait(hospital: Hospital) -> None:
    async with house(hospital.settings) as served:
        reasons = []
        for _ in range(FREE_TRIES + 1):
            async with line_to(served.port) as connection:
                await send(connection, "PAIR", code="AAAA-AAAA")
                reasons.append(await closed(connection))
        assert reasons[0] == (4403, "this code is wrong, used or too old")
        code, why = reasons[-1]
        assert code == 4403
        assert why is not None
        assert why.startswith("too many codes: wait")


@pytest.mark.asyncio
async def test_without_a_worker_a_screen_is_told_to_try_again(hospital: Hospital) -> None:
    from tests.kiosk_display.conftest import wall

    async with wall(hospital.settings) as served, line_to(served.port) as connection:
        await send(connection, "PAIR", code="AAAA-AAAA")
        assert (await closed(connection))[0] == 1013


@pytest.mark.asyncio
async def test_a_wall_without_a_worker_shows_what_it_showed(hospital: Hospital) -> None:
    """Nobody takes the reports; nothing else changes."""
    from tests.kiosk_display.conftest import wall

    async with wall(hospital.settings) as served, screen(served.port) as watching:
        await watching.until("SNAPSHOT")
        for _ in range(50):
            await send(watching.connection, "STATUS", sound="blocked")
            await asyncio.sleep(0.005)
        token = await asyncio.to_thread(hospital.issue, "GM")
        assert (await watching.until("TOKEN_CREATED"))["token"] == token.code
        assert await listed(hospital) == {}


def test_waits_double_and_end() -> None:
    guesses, now = Guesses(), 1_000.0
    assert network_of("2001:db8::1") == network_of("2001:db8::2") != network_of("2001:db9::1")
    assert network_of("::ffff:10.0.0.7") == "10.0.0.7"
    assert [guesses.take("10.0.0.7", now) for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    assert guesses.take("10.0.0.7", now) == 1.0
    assert guesses.take("10.0.0.8", now) == 0.0
    waits = []
    for _ in range(12):
        now += guesses.take("10.0.0.7", now) + 0.001
        assert guesses.take("10.0.0.7", now) == 0.0
        waits.append(guesses.take("10.0.0.7", now))
    assert waits[:3] == pytest.approx([2, 4, 8])
    assert max(waits) <= LONGEST_WAIT_SECONDS


def test_a_thousand_addresses_guess_no_faster_than_one_hospital_pairs() -> None:
    guesses = Guesses()
    tried = [guesses.take(f"10.0.{n // 250}.{n % 250}", 1_000.0) for n in range(1_000)]
    assert tried.count(0.0) == TRIES_A_MINUTE


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    guesses = Guesses()
    for _ in range(FREE_TRIES + 1):
        guesses.take("10.0.0.7", 10_000.0)
    assert guesses.take("10.0.0.7", 10.0) == 0.0
