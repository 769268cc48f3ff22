"""The scratch hospital comes and goes, and never takes another's place."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from hms.simulation.errors import HospitalInUse
from hms.simulation.plan import LINES, Seat
from hms.simulation.scratch import furnish, scratch_hospital
from tests.support import hospital_at


@pytest.fixture(autouse=True)
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_it_is_gone_when_the_block_ends_also_by_a_failure(own_temp: Path) -> None:
    with scratch_hospital() as application:
        furnish(application, application.as_service("t"), LINES, [Seat("doctor1", "R 1", "GM")])
        assert any(own_temp.iterdir())
    assert not any(own_temp.iterdir())
    with pytest.raises(KeyboardInterrupt), scratch_hospital():
        raise KeyboardInterrupt
    assert not any(own_temp.iterdir())


def test_its_zone_is_utc_and_its_queues_run_24_hours() -> None:
    from hms.features.tokens import service as tokens

    with scratch_hospital() as application:
        who = application.as_service("t")
        furnish(application, who, LINES, [Seat("doctor1", "R 1", "GM")])
        assert application.settings.hospital.timezone == "UTC"
        queues = application.ask_now(who, tokens.list_queues)
        assert [queue.row.code for queue in queues] == [line.code for line in LINES]
        assert all(queue.row.is_24h for queue in queues)


def test_a_database_of_its_own_choice_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "hms.db"
    with scratch_hospital(f"sqlite+aiosqlite:///{path}"):
        pass
    assert path.exists()


def test_a_hospital_at_work_is_never_touched(tmp_path: Path) -> None:
    with hospital_at(tmp_path / "hms.db") as hospital:
        before = hospital.one("SELECT count(*) FROM audit")
        url = hospital.settings.database.url
        with pytest.raises(HospitalInUse, match="queues"), scratch_hospital(url):
            pass
        assert hospital.one("SELECT count(*) FROM audit") == before
