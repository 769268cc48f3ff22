"""A patient's record as a desk shows it."""

from __future__ import annotations

from datetime import date

from hms.features.patients.queries import age_sex, phone_tail
from hms.features.patients.screens.card import card_text, flags
from tests.features.patients.conftest import Register

TODAY = date(2026, 11, 20)


def test_the_card_says_who_it_is_and_what_to_take_care_of(add: Register) -> None:
    """Name, age, sex, number, allergies and the privacy flag are there in plain text."""
    view = add(
        "Ada [/bold] Lovelace", birth="1976-01-02", sex="f", phone="0301 5550199",
        allergies=["penicillin"], private=True, blood_group="AB-",
    )  # fmt: skip
    text = card_text(view, TODAY).plain
    for part in ("Ada [/bold] Lovelace", "50 F", view.mrn, "PRIVATE", "AB-"):
        assert part in text
    assert "allergic to penicillin" in text


def test_missing_facts_are_left_out(add: Register) -> None:
    """Who said nothing has no empty labels on the card."""
    view = add("Ada")
    text = card_text(view, TODAY).plain
    assert "no allergies recorded" in text
    for label in ("born", "phone", "blood", "contact", "address"):
        assert label not in text
    assert age_sex(view, TODAY) == "? ?"
    assert phone_tail(view) == ""
    assert flags(view) == []


def test_a_guessed_age_is_marked(add: Register) -> None:
    """ "About 40" shows as ~40; of a phone only the end stands in a list."""
    view = add("Ada", birth="about 40", sex="male", phone="0301 5550199")
    assert age_sex(view, TODAY).startswith("~")
    assert age_sex(view, TODAY).endswith(" M")
    assert phone_tail(view) == "…0199"
