"""The proof can fail: a row that no event explains is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.simulation.errors import LogDisagrees
from hms.simulation.ledger import prove
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    with hospital_at(tmp_path / "hms.db") as opened:
        yield opened


def test_what_the_desks_do_adds_up(hospital: Hospital) -> None:
    hospital.serve(5)
    hospital.issue()
    agreement = hospital.db.read_now(prove)
    assert agreement.tokens == 2
    assert agreement.events >= 5


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE token SET call_count = 7",
        "UPDATE token SET room = 'Room 9'",
        "UPDATE token SET status = 'called', call_count = 1, counter = 'x'",
        "DELETE FROM token",
        "DELETE FROM outbox WHERE kind = 'TokenIssued'",
    ],
)
def test_a_row_that_the_log_does_not_explain_is_found(hospital: Hospital, tampering: str) -> None:
    hospital.issue()
    hospital.force(tampering)
    with pytest.raises(LogDisagrees, match="token 1"):
        hospital.db.read_now(prove)
