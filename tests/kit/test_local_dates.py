"""Days in words, in the order of the language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from hms.infra import languages
from hms.kernel.i18n import tr
from hms.kit.local_dates import full_date, short_date, weekday_date

DAY = date(2026, 11, 12)


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    languages.forget()


def test_in_english() -> None:
    assert (short_date(DAY), weekday_date(DAY), full_date(DAY)) == (
        "12 Nov", "Thu 12 Nov", "12 Nov 2026",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("language", "told"),
    [("es", "jue 12 nov"), ("hi", "गुरु, 12 नव"), ("ar", "الخميس 12 نوفمبر")],
)
def test_in_another_language(language: str, told: str) -> None:
    languages.choose(language)
    assert tr(weekday_date(DAY)) == told
