"""When a kiosk is open, what it offers, and what it may ask for."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from hms.features.kiosks import rules
from hms.infra.settings import KioskPlace, KioskSettings
from hms.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        ("", "03:00", True),
        ("07:00-16:00", "06:59", False),
        ("07:00-16:00", "07:00", True),
        ("07:00-16:00", "15:59", True),
        ("07:00-16:00", "16:00", False),
        ("20:00-06:00", "23:00", True),
        ("20:00-06:00", "05:59", True),
        ("20:00-06:00", "12:00", False),
    ],
)
def test_hours_may_run_over_midnight(hours: str, at: str, is_open: bool) -> None:
    offer = rules.offer_of(KioskSettings(hours=hours), "Main hall")
    assert offer.open_at(time.fromisoformat(at)) is is_open


def test_a_kiosk_does_what_its_own_part_says_and_else_what_all_do() -> None:
    place = KioskPlace(queues=("LAB",), hours="")
    settings = KioskSettings(
        queues=("GM",), hours="07:00-16:00", languages=("en",), places={"Lab": place}
    )
    lab, hall = rules.offer_of(settings, " LAB "), rules.offer_of(settings, "Hall")
    assert (lab.queues, lab.hours, lab.languages) == (("LAB",), "", ("en",))
    assert (hall.queues, hall.hours) == (("GM",), "07:00-16:00")
    assert lab.offers("lab")
    assert not lab.offers("GM")


GOOD: dict[str, Any] = {"device": "d" * 43, "touch": "0" * 32, "queue": "GM", "card": ""}


@pytest.mark.parametrize(
    "wrong",
    [
        {"device": ""}, {"device": None}, {"device": "d" * 129}, {"touch": "short"},
        {"touch": "Z" * 32}, {"touch": 7}, {"queue": ""}, {"queue": ["GM"]}, {"queue": "Q" * 21},
        {"card": 5},
    ],
)  # fmt: skip
def test_a_wish_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    assert rules.read_take(GOOD).queue == "GM"
    with pytest.raises(InvalidInput):
        rules.read_take({**GOOD, **wrong})


def test_neither_token_nor_card_is_shown_where_a_wish_is_logged() -> None:
    take = rules.read_take({**GOOD, "card": "M00000018"})
    assert "d" * 43 not in repr(take)
    assert "M00000018" not in repr(take)
    assert "d" * 43 not in repr(rules.read_look(GOOD))
