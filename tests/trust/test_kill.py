"""A desk that is killed loses nothing it had said, neither tokens nor drafts (trust.md, T1)."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.bootstrap import wire
from hms.kernel import ids
from hms.kit.drafts import DraftStore
from tests.sizes import sizes
from tests.support import hospital_at, opened
from tests.trust.books import faults, lost, url_of
from tests.trust.desk_process import Held, Said, issue, settings_at

pytestmark = pytest.mark.on_disk

FORM = "patient.new"
AT_ONCE = 4


def work_until_killed(url: str, drafts: Path, told: Connection) -> None:
    """Type and give out tokens in turn; tell what is on the disk."""
    application = wire(settings_at(url))
    store = DraftStore(drafts, write_after_seconds=0)
    typed = 0
    while True:
        op_id = ids.op_id()
        told.send(Said("begun", op_id))
        told.send(Said("done", op_id, issue(application, "GM", op_id).id))
        typed += 1
        store.keep("rosa", FORM, {"name": f"Rao {typed}"})
        store.flush()
        told.send(Said("typed", op_id, typed))


class Desk:
    """One desk at work, and what it has acknowledged."""

    def __init__(self, url: str, drafts: Path) -> None:
        self.drafts = drafts
        self._held = Held(work_until_killed, url, drafts)
        self._held.go()
        self.said: list[Said] = []

    def work(self, seconds: float) -> None:
        """Let it give out one token at least, then go on for a while."""
        while not any(said.what == "done" for said in self.said):
            self.said.append(self._held.hear())
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                self.said.append(self._held.hear(left))

    def kill(self) -> list[Said]:
        """Kill it; return all that it said."""
        self.said += self._held.kill()
        return self.said

    def draft_is_lost(self) -> bool:
        """Return whether less is in the draft than was said to be on the disk."""
        kept = [said.token_id for said in self.said if said.what == "typed"]
        found = DraftStore(self.drafts).find("rosa", FORM).get("name", "Rao 0")
        return int(found.removeprefix("Rao ")) < max(kept, default=0)


@sizes("kills", 30, 1_000)
def test_nothing_acknowledged_is_lost_when_desks_are_killed(tmp_path: Path, kills: int) -> None:
    url = url_of(tmp_path / "hms.db")
    with hospital_at(tmp_path / "hms.db"):
        pass
    chance = random.Random(9)
    desks = [Desk(url, tmp_path / f"drafts-{n}") for n in range(AT_ONCE)]
    said: list[Said] = []
    drafts_lost = 0
    for kill in range(kills):
        desk = desks.pop(0)
        desk.work(chance.uniform(0, 0.05))
        said += desk.kill()
        drafts_lost += desk.draft_is_lost()
        if kill < kills - AT_ONCE:
            desks.append(Desk(url, tmp_path / f"drafts-{kill + AT_ONCE}"))
    done = [one for one in said if one.what == "done"]
    with opened(settings_at(url)) as hospital:
        given = hospital.one("SELECT count(*) FROM token")
        begun = {one.op_id for one in said if one.what == "begun"}
        of_desks = {row[0] for row in hospital.rows("SELECT op_id FROM audit")} & begun
        print(
            f"\n{kills} kills: {len(done)} acknowledged, {given} in the database "
            f"({given - len(done)} committed and not acknowledged any more), "
            f"{sum(one.what == 'typed' for one in said)} drafts"
        )
        assert lost(hospital, done) == []
        assert len({one.token_id for one in done}) == len(done), "a token was told twice"
        assert len(of_desks) == given, "every token is of an operation that was begun"
        assert faults(hospital) == []
    assert drafts_lost == 0
    assert len(done) >= kills
