"""What a slip says of a token, in which language, and how little of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hms.features.patients import service as patients
from hms.features.tokens import service as tokens
from hms.features.tokens.slip import look, names_department
from hms.infra import settings as conf
from hms.infra.printing.document import QrCode, Text
from hms.infra.printing.template import DEFAULT
from hms.kernel.privacy import WORDS
from tests.support import Hospital, hospital_at

Open = Callable[..., Hospital]


@pytest.fixture
def hospital_with(tmp_path: Path) -> Iterator[Open]:
    """Return what opens a hospital with these printing settings."""
    with ExitStack() as stack:

        def open_(
            *, url: str = "", languages: tuple[str, ...] = ("en",), **printing: Any
        ) -> Hospital:
            return stack.enter_context(
                hospital_at(
                    tmp_path / "hms.db",
                    printing=conf.PrintingSettings(**printing),
                    display=conf.DisplaySettings(public_url=url),
                    hospital=conf.Hospital(name="St. Test", languages=languages),
                )
            )

        yield open_


def lines(hospital: Hospital, ref: str | None = "GM-001") -> list[str]:
    [slip] = hospital.ask("rosa", look, ref)
    return [item.text for item in slip.items if isinstance(item, Text)]


def test_a_slip_says_where_when_and_how_long(hospital_with: Open) -> None:
    hospital = hospital_with()
    for _ in range(6):
        hospital.serve(6)
    hospital.issue(token_class="elderly")
    said = lines(hospital, "GM-007")
    assert said == [
        "St. Test", "GM-007", "General medicine", "Please go to Room 1", "Older patient",
        "You are next", "Wait about 0–6 min", "2031-03-04  09:36",
    ]  # fmt: skip


def test_a_slip_speaks_the_hospitals_first_language(hospital_with: Open) -> None:
    hospital = hospital_with(languages=("ar", "en"))
    hospital.issue()
    [slip] = hospital.ask("rosa", look, "GM-001")
    assert slip.right_to_left
    assert "يرجى التوجه إلى Room 1" in lines(hospital)


def test_a_transferred_patient_keeps_one_address(hospital_with: Open) -> None:
    hospital = hospital_with(url="http://10.0.0.5:8765")
    hospital.issue()

    def link() -> str:
        [slip] = hospital.ask("rosa", look, "GM-001")
        return next(item.data for item in slip.items if isinstance(item, QrCode))

    before = link()
    hospital.do("rosa", tokens.transfer, "GM-001", "LAB")
    assert link() == before
    assert "Laboratory" in lines(hospital)


def test_without_an_address_of_the_wall_there_is_no_code_and_no_word_of_it(
    hospital_with: Open,
) -> None:
    hospital = hospital_with()
    hospital.issue()
    [slip] = hospital.ask("rosa", look, "GM-001")
    assert not [item for item in slip.items if isinstance(item, QrCode)]
    assert not [text for text in lines(hospital) if "Scan" in text]


def test_an_example_needs_no_token(hospital_with: Open) -> None:
    assert "GM-042" in lines(hospital_with(), None)


def test_an_example_of_the_small_hours_has_the_calendars_day_as_every_slip(
    hospital_with: Open,
) -> None:
    hospital = hospital_with()
    hospital.clock.at = datetime(2031, 3, 5, 1, 30, tzinfo=UTC)  # the service day began on the 4th
    assert lines(hospital, None)[-1].startswith("2031-03-05  01:30")


def test_a_room_that_is_a_number_is_said_with_its_word(hospital_with: Open) -> None:
    hospital = hospital_with(languages=("pt",))
    hospital.do("mara", tokens.add_queue, tokens.AddQueue("XR", "X-ray", rooms=("7",)))
    hospital.issue("XR")
    assert "Dirija-se a Sala 7" in lines(hospital, "XR-001")


PLAIN = ("{code}", "{person}")


@pytest.mark.parametrize(
    ("settings", "queue", "patient", "said"),
    [
        ("name", None, None, "Ana Silva"),
        ("name", "initials", None, "A. S."),
        ("name", None, "alias", "Falcon"),
        ("name", "name", "number", None),
        ("number", "name", "name", None),
        ("alias", "name", "name", "Falcon"),
    ],
)
def test_the_strictest_decides_what_is_told_of_the_person(
    hospital_with: Open, settings: str, queue: str | None, patient: str | None, said: str | None
) -> None:
    hospital = hospital_with(privacy=settings, template=PLAIN)
    who = hospital.patient("Ana Silva")
    hospital.do("rosa", patients.patient_privacy, who.mrn, patient or "name", "Falcon")
    if queue is not None:
        hospital.do("mara", tokens.queue_privacy, "GM", queue)
    hospital.issue(patient=who.mrn)
    assert lines(hospital) == ["GM-001", *([said] if said else [])]


@pytest.mark.parametrize("field", ["{queue}", "{room}", "{go}"])
def test_a_name_never_stands_beside_a_department(hospital_with: Open, field: str) -> None:
    hospital = hospital_with(privacy="name", template=(*PLAIN, field))
    hospital.issue(patient=hospital.patient("Ana Silva").mrn)
    assert "A. S." in lines(hospital)
    assert not any("Ana" in line for line in lines(hospital))


def test_the_built_in_slip_names_the_department_and_so_no_person(hospital_with: Open) -> None:
    assert names_department(()) == names_department(DEFAULT) is True
    hospital = hospital_with(privacy="name")
    hospital.issue(patient=hospital.patient("Ana Silva").mrn)
    assert not any("Silva" in line for line in lines(hospital))


@pytest.mark.parametrize("level", WORDS)
def test_a_wall_accepts_the_number_alone_and_says_why(tmp_path: Path, level: str) -> None:
    file = tmp_path / "hms.toml"
    file.write_text(f'[display]\nprivacy = "{level}"\n')
    if level == "number":
        assert conf.load_settings(file).display.privacy == "number"
        return
    with pytest.raises(Exception, match="no wall and no voice ever tells more") as refused:
        conf.load_settings(file)
    assert "line 2" in str(refused.value)
