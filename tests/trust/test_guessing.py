"""Guessing is hopeless, and no colleague is locked out by it (trust.md, T19)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.bootstrap import Application, wire
from hms.features.staff import service
from hms.infra import passwords
from hms.infra.keys import create_keys
from hms.kernel import clock
from tests.sizes import sizes
from tests.support import Clock, quick_folder, sqlite_settings

PASSWORD = "green tractor over the hill"
OWN_DESK = "own desk"
TERMINALS = 5
WARM_UP = 5


@pytest.fixture
def watch() -> Iterator[Clock]:
    """A clock that stands still until it is moved."""
    moved = Clock()
    with clock.replaced(moved):
        yield moved


@pytest.fixture
def app(tmp_path: Path, watch: Clock) -> Iterator[Application]:
    """A hospital with its administrator, who has worked at a desk of their own before."""
    with quick_folder(tmp_path) as folder:
        settings = sqlite_settings(folder / "data" / "hms.db")
        application = wire(settings, create=True)
        create_keys(settings)
        service.ensure_first_admin_now(application.db, "root", PASSWORD)
        service.sign_in_now(application.db, "root", PASSWORD, OWN_DESK)
        yield application
        application.close_now()


class Scales:
    """Weighs passwords, and counts them; cheap, so that ten thousand are tried in seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.weighed = 0
        self._right = PASSWORD
        monkeypatch.setattr(passwords, "verify", self.weigh)

    def weigh(self, password: str, kept: str | None) -> passwords.Verdict:
        self.weighed += 1
        return passwords.Verdict(kept is not None and password == self._right)


@sizes("tries", 2_000, 10_000)
def test_thousands_of_guesses_at_five_terminals_weigh_a_hundred_and_the_owner_comes_in(
    app: Application, watch: Clock, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    """The guesser is patient, never tries during a wait, and the owner signs in now and then."""
    scales = Scales(monkeypatch)
    owner_tries = 0
    for guess in range(tries):
        watch.forward(seconds=301 if guess < 600 else 1)
        with pytest.raises((service.WrongPassword, service.TooManyTries)):
            service.sign_in_now(app.db, "root", f"guess {guess}", f"desk {guess % TERMINALS}")
        if guess % 500 == 499:
            service.sign_in_now(app.db, "root", PASSWORD, OWN_DESK)
            owner_tries += 1
    assert owner_tries == tries // 500
    assert scales.weighed - owner_tries <= 100


def test_guesses_during_the_wait_are_not_weighed_and_do_not_lengthen_it(
    app: Application, watch: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hammers on the key gets no more than whoever waits."""
    scales = Scales(monkeypatch)
    for _ in range(200):
        with pytest.raises((service.WrongPassword, service.TooManyTries)):
            service.sign_in_now(app.db, "root", "guess", "desk 1")
    assert scales.weighed == 5
    watch.forward(seconds=1)
    assert service.sign_in_now(app.db, "root", PASSWORD, "desk 1").name == "root"


def median_ratio(app: Application, watch: Clock, rounds: int) -> float:
    """Return the median time of a wrong password for a known name over that for an unknown one."""
    seconds: dict[str, list[float]] = {"root": [], "nobody": []}
    for turn in range(rounds + WARM_UP):
        for name in sorted(seconds, reverse=turn % 2 == 0):
            begin = time.perf_counter()
            with pytest.raises(service.WrongPassword):
                service.sign_in_now(app.db, name, "not the password at all", f"desk {turn}")
            seconds[name].append(time.perf_counter() - begin)
        app.db.write_now(lambda work: work.db.exec_driver_sql("DELETE FROM sign_in_throttle"))
        watch.forward(seconds=1)
    known, unknown = (statistics.median(seconds[name][WARM_UP:]) for name in ("root", "nobody"))
    return known / unknown


@pytest.mark.serial
@sizes("rounds", 30, 500)
def test_the_time_does_not_tell_whether_a_name_is_known(
    real_hashing: None, app: Application, watch: Clock, rounds: int
) -> None:
    """The real cost of argon2id; medians, one after the other in turn."""
    assert 0.9 <= median_ratio(app, watch, rounds) <= 1.1
