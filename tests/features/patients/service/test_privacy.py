"""How much of one patient may be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hms.features.patients import queries
from hms.features.patients import service as patients
from hms.features.patients.rules.mrn import make_mrn
from hms.kernel.errors import InvalidInput, NotFound, NotPermitted
from hms.kernel.privacy import Level
from tests.support import Hospital, hospital_at


@pytest.fixture
def hospital(tmp_path: Path) -> Iterator[Hospital]:
    """Return a hospital with staff of every role."""
    with hospital_at(tmp_path / "hms.db") as made:
        yield made


def test_a_patient_is_told_as_the_record_says(hospital: Hospital) -> None:
    who = hospital.patient("Ana Silva")
    assert hospital.do("rosa", patients.patient_privacy, who.mrn).level == "name"
    said = hospital.do("rosa", patients.patient_privacy, who.mrn, "alias", "Falcon")
    assert (said.level, said.alias) == ("alias", "Falcon")
    kept = hospital.do("rosa", patients.patient_privacy, who.mrn, "number")
    assert (kept.level, kept.alias) == ("number", "Falcon")


def test_who_asked_to_be_private_stays_a_number(hospital: Hospital) -> None:
    said = patients.RegisterPatient(name="Ana Silva", private=True)
    who = hospital.do("rosa", patients.register, said)
    assert hospital.do("rosa", patients.patient_privacy, who.mrn, "name").level == "number"
    told = hospital.db.read_now(lambda work: queries.telling(work.db, who.id))
    assert told is not None
    assert told.level is Level.NUMBER


@pytest.mark.parametrize(
    ("level", "alias"), [("all", None), ("alias", "\x1b[2J"), ("alias", "y" * 41)]
)
def test_what_cannot_be_meant_is_refused(hospital: Hospital, level: str, alias: str | None) -> None:
    who = hospital.patient()
    with pytest.raises(InvalidInput):
        hospital.do("rosa", patients.patient_privacy, who.mrn, level, alias)
    assert hospital.do("rosa", patients.patient_privacy, who.mrn).level == "name"


def test_nobody_is_told_of_who_is_not_there(hospital: Hospital) -> None:
    with pytest.raises(NotFound):
        hospital.do("rosa", patients.patient_privacy, make_mrn(77))


def test_a_doctor_does_not_change_it(hospital: Hospital) -> None:
    with pytest.raises(NotPermitted):
        hospital.do("dora", patients.patient_privacy, hospital.patient().mrn, "name")
