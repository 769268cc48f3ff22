"""Who goes where, and how many doctors that needs."""

from __future__ import annotations

from random import Random

import pytest

from hms.features.tokens.rules import TokenClass
from hms.simulation.plan import LINES, class_of, doctors_for, line_of, seats, service_minutes
from tests.simulation.days import arrival, first


@pytest.mark.parametrize(
    ("triage", "ages", "specialty", "line"),
    [
        ("Red", (0, 17), "paediatric", "EM"),
        ("Orange", (0, 17), "", "CH"),
        ("Orange", (25, 34), "", "EM"),
        ("Orange", (25, 34), "surgical", "SU"),
        ("Yellow", (25, 34), "", "UC"),
        ("Green", (65, 74), "medical", "ME"),
        ("Green", (65, 74), "haem/onc", "ON"),
        ("Green", (25, 34), "", "GM"),
        ("", None, "", "GM"),
    ],
)
def test_triage_age_and_specialty_choose_the_queue(
    triage: str, ages: tuple[int, int] | None, specialty: str, line: str
) -> None:
    assert line_of(arrival(triage=triage, ages=ages, specialty=specialty)) == line


@pytest.mark.parametrize(
    ("triage", "ages", "token_class"),
    [
        ("Red", (75, 115), TokenClass.EMERGENCY),
        ("Green", (75, 115), TokenClass.ELDERLY),
        ("Orange", (0, 17), TokenClass.CHILD),
        ("Orange", (65, 74), TokenClass.NORMAL),
        ("", None, TokenClass.NORMAL),
    ],
)
def test_triage_and_age_choose_the_class(
    triage: str, ages: tuple[int, int] | None, token_class: TokenClass
) -> None:
    assert class_of(arrival(triage=triage, ages=ages)) is token_class


def test_the_month_needs_a_handful_of_doctors_and_nobody_needs_none() -> None:
    assert 3 <= doctors_for(first(8_563)) <= 6
    assert doctors_for(()) >= 1


def test_every_doctor_has_a_room_and_the_heavier_queues_have_more() -> None:
    places = seats(12, first(2_000))
    assert len({seat.room for seat in places}) == 12
    homes = [seat.home for seat in places]
    assert set(homes) <= {line.code for line in LINES}
    assert homes.count("UC") > homes.count("SU")


def test_a_graver_case_takes_longer() -> None:
    chance = Random(1)
    red = sum(service_minutes("Red", chance) for _ in range(300))
    blue = sum(service_minutes("Blue", chance) for _ in range(300))
    assert red > 2 * blue
