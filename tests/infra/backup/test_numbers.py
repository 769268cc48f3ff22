"""What people hold in their hands when a backup is put back: no number comes a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from hms.bootstrap import invariants
from hms.features.tokens import service as tokens
from hms.features.tokens.errors import DailyLimit
from hms.infra.backup.facts import problems
from hms.infra.backup.make import Made, make_backup
from hms.infra.backup.numbers import next_hundred
from tests.infra.backup.conftest import restored
from tests.support import Hospital, hospital_at, opened


def sound(hospital: Hospital) -> bool:
    """Return whether the hospital holds what it should, gaps in the numbers included."""
    return hospital.db.read_now(lambda work: problems(work.db, invariants())) == []


def test_numbers_given_since_the_backup_are_not_given_again(
    hospital: Hospital, backup: Made
) -> None:
    given = {hospital.issue(queue).code for queue in ("GM", "GM", "LAB")}
    patient = hospital.patient().mrn
    paper = hospital.do("mara", tokens.reserve_paper, tokens.ReservePaper("GM", 20))
    hospital.application.close_now()
    done = restored(hospital.settings, backup.file)
    assert done.numbers.known
    assert {one.series for one in done.numbers.series} == {"GM", "LAB", "MRN"}
    with opened(hospital.settings) as again:
        assert sound(again)
        assert again.issue().code == "GM-008"
        assert again.issue("LAB").code not in given
        assert again.patient().mrn > patient
        more = again.do("mara", tokens.reserve_paper, tokens.ReservePaper("GM", 20))
        assert more.first > paper.last
        assert sound(again)
        assert again.one("SELECT count(*) FROM paper_block") == 2


def test_the_same_backup_put_back_again_forgets_no_number(hospital: Hospital, backup: Made) -> None:
    hospital.issue()
    hospital.application.close_now()
    restored(hospital.settings, backup.file)
    with opened(hospital.settings) as again:
        assert again.issue().code == "GM-007"
    done = restored(hospital.settings, backup.file)
    assert done.numbers.known
    with opened(hospital.settings) as again:
        assert again.issue().code == "GM-008"
        assert sound(again)


def test_a_damaged_database_tells_nothing_so_numbers_jump(hospital: Hospital, backup: Made) -> None:
    hospital.issue()
    hospital.application.close_now()
    file = hospital.settings.database_file
    assert file is not None
    file.write_bytes(b"no database" * 1000)
    done = restored(hospital.settings, backup.file)
    assert not done.numbers.known
    with opened(hospital.settings) as again:
        assert again.issue().code == "GM-101"
        assert again.issue("LAB").code == "LAB-101"
        assert sound(again)


def test_a_spare_machine_jumps_as_far_as_it_is_told(
    hospital: Hospital, backup: Made, tmp_path: Path
) -> None:
    with hospital_at(tmp_path / "spare" / "hms.db") as spare:
        spare.issue()
        settings = spare.settings
    assert restored(settings, backup.file, skip=10).numbers.known is False
    with opened(settings) as again:
        assert again.issue().code == "GM-016"
        again.clock.forward(days=1)
        assert again.issue().code == "GM-001"
        assert sound(again)


def test_what_was_left_out_does_not_use_up_the_day(hospital: Hospital) -> None:
    hospital.force("UPDATE queue SET daily_limit = 6 WHERE code = 'GM'")
    file = make_backup(hospital.settings, invariants()).file
    hospital.application.close_now()
    restored(hospital.settings, file, skip=100)
    with opened(hospital.settings) as again:
        assert again.issue().code == "GM-106"
        with pytest.raises(DailyLimit):
            again.issue()


@pytest.mark.parametrize(("last", "on"), [(0, 100), (37, 100), (50, 100), (51, 200), (98, 200)])
def test_a_jump_ends_at_a_round_hundred_well_ahead(last: int, on: int) -> None:
    assert next_hundred(last) == on
