"""The demo's halls: a morning has happened, life goes on, and people at the console come first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from hms.bootstrap import Application
from hms.features.tokens import service as tokens
from hms.features.tokens.queries import QueueView, TokenView
from hms.infra.sessions import SignedIn
from hms.kernel.errors import HmsError
from hms.simulation.arrivals import Arrival
from hms.simulation.demo.hospital import QUEUES, demo_hospital
from hms.simulation.demo.life import Life
from tests.simulation.days import first

SPEED = 60.0
OWN = [queue.code for queue in QUEUES if not queue.robots]


@pytest.fixture
def demo() -> Iterator[Application]:
    with demo_hospital("UTC") as application:
        yield application


@pytest.fixture
def who(demo: Application) -> SignedIn:
    return demo.as_service("test")


def life_of(demo: Application, who: SignedIn, speed: float = 1.0) -> Life:
    people: tuple[Arrival, ...] = first(1_500)
    return Life(demo, who, people, ["M00000013"], speed=speed)


def all_tokens(demo: Application, who: SignedIn) -> list[TokenView]:
    return demo.ask_now(who, tokens.list_tokens)


def queue(demo: Application, who: SignedIn, code: str) -> QueueView:
    return next(view for view in demo.ask_now(who, tokens.list_queues) if view.row.code == code)


def wait_until(holds: object, seconds: float = 20.0) -> None:
    assert callable(holds)
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


def test_a_morning_is_under_way_when_the_demo_opens(demo: Application, who: SignedIn) -> None:
    life_of(demo, who).play_past(45)
    states = {token.status for token in all_tokens(demo, who)}
    assert {"waiting", "completed"} <= states
    assert states & {"called", "in_progress"}
    views = demo.ask_now(who, tokens.list_queues)
    assert sum(view.wait_low_minutes is not None for view in views) >= 5
    for code in OWN:
        view = queue(demo, who, code)
        assert view.waiting >= 1, f"nobody waits for whoever signs in ({code})"
        assert view.serving == (), f"a robot holds the room of {code}"


def test_life_goes_on_and_leaves_the_peoples_queues_to_them(
    demo: Application, who: SignedIn
) -> None:
    life = life_of(demo, who, SPEED)
    life.play_past(10)
    began = {token.id: token.status for token in all_tokens(demo, who)}
    calls = {code: _calls(demo, who, code) for code in OWN}
    stop = threading.Event()
    living = threading.Thread(target=life.play, args=(stop,))
    living.start()
    try:
        wait_until(lambda: len(all_tokens(demo, who)) > len(began) + 20)
        wait_until(
            lambda: (
                sum(t.status == "completed" for t in all_tokens(demo, who))
                > sum(s == "completed" for s in began.values()) + 10
            )
        )
    finally:
        stop.set()
        living.join()
    assert {code: _calls(demo, who, code) for code in OWN} == calls


def _calls(demo: Application, who: SignedIn, code: str) -> int:
    return sum(token.call_count for token in all_tokens(demo, who) if token.queue == code)


def test_whoever_sits_at_the_console_may_do_anything(demo: Application, who: SignedIn) -> None:
    life = life_of(demo, who, SPEED)
    life.play_past(10)
    stop = threading.Event()
    living = threading.Thread(target=life.play, args=(stop,))  # a failure in it fails the test
    living.start()
    verbs = (tokens.complete, tokens.hold, tokens.no_show, tokens.cancel, tokens.put_back)
    try:
        for round_number in range(60):
            for token in all_tokens(demo, who)[-30:]:
                try:
                    demo.do_now(who, verbs[(token.id + round_number) % len(verbs)], token.id)
                except HmsError:
                    continue
            time.sleep(0.02)
        demo.do_now(who, tokens.pause_queue, "GM", "lunch")
        before = len(all_tokens(demo, who))
        wait_until(lambda: len(all_tokens(demo, who)) > before + 5)
        demo.do_now(who, tokens.open_queue, "GM")
    finally:
        stop.set()
        living.join()
