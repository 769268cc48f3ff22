"""The disk is full or fails: a clear message, nothing half done, and work goes on after (T4)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.features.tokens import service as tokens
from hms.infra.backup.folder import backups, folder_of
from hms.infra.backup.make import make_backup
from hms.kernel import ids
from hms.kernel.errors import HmsError, Unavailable
from tests.sizes import sizes
from tests.support import SERVICE, Hospital, hospital_at, opened
from tests.trust.books import faults, lost, url_of
from tests.trust.desk_process import Held, Said, at_work, issue, settings_at
from tests.trust.strace import injected, let_go, needs_strace

pytestmark = pytest.mark.on_disk

TMPFS_KIB = 1_400


class SmallDisk:
    """A disk with hardly any room; where none may be mounted, a file that may not grow."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_KIB}k", "tmpfs", str(place)]
        self.mounted = (
            os.geteuid() == 0
            and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
        )

    def shrink(self, hospital: Hospital) -> None:
        """Leave a little room."""
        if not self.mounted:
            self._allow(hospital, hospital.one("PRAGMA page_count") + 10)

    def enlarge(self, hospital: Hospital) -> None:
        """Give it room."""
        if self.mounted:
            command = ["mount", "-o", "remount,size=64m", str(self.place)]
            subprocess.run(command, check=True)
        else:
            self._allow(hospital, 100_000)

    def remove(self) -> None:
        """Unmount it."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.place)], check=True)

    def _allow(self, hospital: Hospital, pages: int) -> None:
        limit = f"PRAGMA max_page_count={pages}"
        backend = hospital.db.backend
        backend.run_now(lambda db: db.exec_driver_sql(limit).scalar(), write=True)
        backend.run_now(lambda db: db.rollback(), write=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Return a disk of our own."""
    made = SmallDisk(tmp_path / "disk")
    try:
        yield made
    finally:
        made.remove()


def test_a_full_disk_is_told_and_work_goes_on_when_there_is_room(
    small_disk: SmallDisk,
) -> None:
    with hospital_at(small_disk.place / "hms.db") as hospital:
        small_disk.shrink(hospital)
        settings = hospital.settings
        given: list[int] = []
        refusal: HmsError | None = None
        while refusal is None and len(given) < 5_000:
            try:
                given.append(hospital.issue("LAB").id)
            except Unavailable as full:
                refusal = full
        print(f"\nfull after {len(given)} tokens: {refusal}")
        assert refusal is not None
        assert refusal.code == "database.full"
        assert "nothing was changed" in refusal.message
        assert hospital.one("SELECT count(*) FROM token") == len(given)
        assert len(hospital.ask("rosa", tokens.list_tokens)) == len(given)
        if small_disk.mounted:
            with pytest.raises(HmsError) as no_backup:
                make_backup(settings, invariants())
            print(f"a backup: {no_backup.value}")
            assert backups(folder_of(settings)) == []

        small_disk.enlarge(hospital)
        given += [hospital.issue("LAB").id for _ in range(20)]
        assert [row[0] for row in hospital.rows("SELECT id FROM token ORDER BY id")] == given
        assert faults(hospital) == []
        assert make_backup(settings, invariants()).manifest.facts.tables["token"] == len(given)
        shutil.rmtree(folder_of(settings))


# --- a disk that fails at the Nth write ------------------------------------------


def work(url: str, told: Connection) -> None:
    """Give out three tokens, whatever happens, and look; then again when told."""
    with at_work(url) as application:
        while True:
            for _ in range(3):
                _issue(application, told)
            try:
                who = application.as_service(SERVICE)
                seen = application.ask_now(who, tokens.list_tokens)
                told.send(Said("seen", "", len(seen)))
            except HmsError as error:
                told.send(Said("blind", "", error=f"{error.code}: {error}"))
            told.send("again?")
            if told.recv() != "again":
                return


def _issue(application: object, told: Connection) -> None:
    op_id = ids.op_id()
    try:
        token = issue(application, "GM", op_id)  # type: ignore[arg-type]
        told.send(Said("done", op_id, token.id))
    except HmsError as error:
        told.send(Said("refused", op_id, error=f"{error.code}: {error}"))
    except Exception as error:  # noqa: BLE001 - a traceback is what must not be
        told.send(Said("traceback", op_id, error=repr(error)))


def heard(held: Held) -> list[Said]:
    """Return what the desk says until it asks whether to go on."""
    said = []
    while (one := held.hear()) != "again?":
        said.append(one)
    return said


class Round:
    """One fault at one desk: what it said meanwhile and afterwards."""

    def __init__(self, url: str, fault: str) -> None:
        held = Held(work, url)
        with injected(held.pid, fault) as tracer:
            held.go()
            self.meanwhile = heard(held)
            let_go(tracer)
            held.tell("again")
            self.after = heard(held)
        held.tell("enough")
        held.end()

    @property
    def hit(self) -> bool:
        """Return whether the fault came to pass in an operation."""
        return any(one.what != "done" for one in self.meanwhile[:-1])


@needs_strace
@sizes("step", 9, 1)
@pytest.mark.parametrize("lasting", ["", "+"], ids=["once", "for ever"])
@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_a_disk_that_fails_at_whatever_write_loses_nothing(
    tmp_path: Path, error: str, lasting: str, step: int
) -> None:
    url = url_of(tmp_path / "hms.db")
    with hospital_at(tmp_path / "hms.db"):
        pass
    said: list[Said] = []
    acknowledged: list[Said] = []
    with opened(settings_at(url)) as another_desk:  # who opens first must be able to write a little
        another_desk.rows("SELECT 1")
        for call in ("pwrite64", "fdatasync"):
            number, missed = 1, 0
            while missed < 3:  # one that hits what says whose turn it is harms nothing
                trial = Round(url, f"{call}:error={error}:when={number}{lasting}")
                said += trial.meanwhile
                told = (*trial.meanwhile, *trial.after)
                acknowledged += [one for one in told if one.what == "done"]
                assert [one.what for one in trial.after] == ["done"] * 3 + ["seen"], trial.after
                missed = 0 if trial.hit else missed + 1
                number += step
    refused = {one.error for one in said if one.error}
    print(
        f"\n{error} {lasting}: {len(said) // 4} rounds, {len(acknowledged)} acknowledged, {refused}"
    )
    assert [one for one in said if one.what in ("traceback", "blind")] == []
    assert refused
    with opened(settings_at(url)) as hospital:
        assert lost(hospital, acknowledged) == []
        assert hospital.one("SELECT count(*) FROM token") == len(acknowledged)
        assert faults(hospital) == []
